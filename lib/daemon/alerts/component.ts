import { seconds, type Alert } from "./alert";

export interface Restarted {
  readonly node: string;
  readonly component: string;
  readonly reason: string;
  /** Who starts it again: Docker does so after a crash. */
  readonly by: "watchdog" | "docker";
  /** Restarts within the guard's window, this one included. */
  readonly count: number;
}

export function restarted({ node, component, reason, by, count }: Restarted): Alert {
  return {
    name: "COMPONENT_RESTART",
    severity: "warning",
    fields: { node, component, reason, by, count },
    summary: `${component} on ${node} is restarted by ${by}: ${reason}`,
  };
}

export interface GaveUp {
  readonly node: string;
  readonly component: string;
  readonly restarts: number;
  readonly windowMs: number;
  readonly action: "stopped" | "left_running";
  readonly reason: string;
}

export function gaveUp({ node, component, restarts, windowMs, action, reason }: GaveUp): Alert {
  const left = action === "stopped" ? "it is stopped" : "it is left as it is";
  return {
    name: "COMPONENT_RESTART_LOOP",
    severity: "critical",
    fields: { node, component, restarts, window: seconds(windowMs), action, reason },
    summary: `${restarts} restarts did not help ${component} on ${node}, so ${left}: ${reason}`,
  };
}

/** The end of a restart loop: somebody has started the component again, or it has recovered. */
export function released(node: string, component: string, afterMs: number): Alert {
  return {
    name: "COMPONENT_RESTART_LOOP",
    severity: "info",
    fields: { node, component, action: "released", after: seconds(afterMs) },
    summary: `${component} on ${node} runs again and is watched again`,
    sinceMs: afterMs,
    resolves: "COMPONENT_RESTART_LOOP",
  };
}
