import { seconds, type Alert } from "./alert";

export function pulsarDown(node: string, downMs: number): Alert {
  return {
    name: "PULSAR_DOWN_ALERT",
    severity: "critical",
    fields: { node, component: "pulsar", down_for: seconds(downMs) },
    summary: `Pulsar on ${node} has not answered for ${seconds(downMs)}: no write is accepted, and all but eventually consistent reads wait`,
    sinceMs: downMs,
  };
}

export function pulsarGivenUp(node: string, target: string, goneMs: number): Alert {
  return {
    name: "PULSAR_FAILOVER_ALERT",
    severity: "critical",
    fields: { node, component: "pulsar", to: target, gone_for: seconds(goneMs) },
    summary: `${node} has been gone for ${seconds(goneMs)}: Pulsar begins empty on ${target}, and what was acknowledged and not flushed is lost`,
    sinceMs: goneMs,
  };
}

export function pulsarUp(node: string, wasDownMs: number): Alert {
  return {
    name: "PULSAR_UP_ALERT",
    severity: "info",
    fields: { node, component: "pulsar", was_down: seconds(wasDownMs) },
    summary: `Pulsar answers again after ${seconds(wasDownMs)}: writes are accepted`,
    sinceMs: wasDownMs,
    resolves: "PULSAR_DOWN_ALERT",
  };
}
