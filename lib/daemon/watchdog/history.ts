import type { Component, ComponentEvent } from "../ports/components";

/** What the watchdog remembers between two looks. Immutable. */
export interface History {
  /** When the watchdog began, on the clock of its looks. */
  readonly beganMs: number;
  /** By service. */
  readonly past: ReadonlyMap<string, Past>;
}

/** What it remembers of one component. */
export interface Past {
  /** It was seen running, or told of. */
  readonly seenUp: boolean;
  readonly startedMs?: number;
  /** Its exit, until it runs again; `asked`: through the engine, so no crash. */
  readonly exit?: { readonly code?: number; readonly asked: boolean };
  /** Somebody stopped it, and it stays so until somebody starts it. */
  readonly stoppedByHand: boolean;
  readonly sick?: Sickness;
  /** When it was restarted, by the watchdog or by Docker after a crash. */
  readonly restarts: readonly number[];
  /** Exit codes of crashes after which Docker has started it since the last look. */
  readonly crashes: readonly number[];
  readonly givenUp?: GivenUp;
  /** Since when it has had no room, until it is well again. */
  readonly fullSinceMs?: number;
  /** In monitor mode: this sickness has been told. */
  readonly told?: boolean;
}

export interface Sickness {
  readonly as: "unhealthy" | "stopped";
  readonly ticks: number;
  /** When the last tick was counted. */
  readonly atMs: number;
}

export interface GivenUp {
  readonly sinceMs: number;
  readonly action: "stopped" | "left_running";
  /** It has been seen stopped, so that its next start is somebody's. */
  readonly seenStopped: boolean;
}

export const NO_PAST: Past = { seenUp: false, stoppedByHand: false, restarts: [], crashes: [] };

/**
 * What events tell about one component. `leftAlone`: somebody works on it, so a stop is that work's and nobody's wish that it
 * stay stopped.
 */
export function afterEvents(
  past: Past,
  events: readonly ComponentEvent[],
  nowMs: number,
  leftAlone: boolean,
): Past {
  const fresh: Past = { ...past, crashes: [] };
  return events.reduce((p, event) => afterEvent(p, event, nowMs, leftAlone), fresh);
}

function afterEvent(past: Past, event: ComponentEvent, nowMs: number, leftAlone: boolean): Past {
  switch (event.action) {
    case "kill":
      return { ...past, exit: { asked: true } };
    case "die":
      return { ...past, seenUp: true, exit: { code: event.exitCode, asked: past.exit?.asked ?? false } };
    case "stop":
      return { ...past, exit: { ...past.exit, asked: true }, stoppedByHand: !leftAlone };
    case "start":
      return started(past, nowMs);
    case "health":
      return past;
  }
}

function started(past: Past, nowMs: number): Past {
  const { exit, givenUp, fullSinceMs } = past;
  return {
    seenUp: true,
    fullSinceMs,
    startedMs: nowMs,
    stoppedByHand: false,
    restarts: past.restarts,
    crashes: exit?.asked === false ? [...past.crashes, exit.code ?? 0] : past.crashes,
    // Before it has been seen stopped, this is the start of a crash before.
    givenUp: givenUp?.seenStopped ? undefined : givenUp,
  };
}

/** One more tick of being sick; looks that come sooner than half a tick after the last are none of their own. */
export function sicker(past: Past, as: Sickness["as"], nowMs: number, tickMs: number): Sickness {
  const { sick } = past;
  if (sick?.as !== as) return { as, ticks: 1, atMs: nowMs };
  return nowMs - sick.atMs < tickMs / 2 ? sick : { as, ticks: sick.ticks + 1, atMs: nowMs };
}

/** A container that had exited before anybody looked, although Docker could have started it, was stopped by somebody. */
export function foundStopped({ phase, startFailed }: Component, past: Past): boolean {
  return phase === "exited" && !startFailed && !past.seenUp;
}
