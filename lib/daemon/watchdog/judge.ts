import type { Component } from "../ports/components";
import type { Dependencies } from "./dependencies";
import { isFull } from "./full";
import { foundStopped, sicker, type Past, type Sickness } from "./history";
import type { Limits } from "./limits";

/** What is to be thought of one component. */
export type Judgement =
  | { readonly state: "well" }
  /** On its way: others that start after it wait. */
  | { readonly state: "coming"; readonly why: string; readonly sick?: Sickness }
  /** Nothing is held against it, and nothing is done. */
  | { readonly state: "left"; readonly why: string; readonly sick?: Sickness; readonly byHand?: boolean }
  | { readonly state: "sick"; readonly why: string; readonly sick: Sickness }
  | {
      readonly state: "due";
      readonly act: "restart" | "start";
      readonly why: string;
      readonly sick: Sickness;
    };

/** What a judgement goes by, besides the component and its past. */
export interface Circumstances {
  readonly nowMs: number;
  /** When the watchdog began. */
  readonly beganMs: number;
  readonly components: ReadonlyMap<string, Component>;
  readonly dependencies: Dependencies;
  readonly limits: Limits;
  /** Why somebody wants it left alone. */
  readonly leaveAlone: (service: string) => string | undefined;
  /** What it needs of other peers and has not. */
  readonly missing: ReadonlyMap<string, string>;
}

export function judge(component: Component, past: Past, at: Circumstances): Judgement {
  const { phase, health } = component;
  if (isUp(component)) return { state: "well" };
  const why = at.leaveAlone(component.service);
  if (why !== undefined) return { state: "left", why };
  if (phase === "paused" || phase === "removing") return { state: "left", why: phase };
  if (phase === "restarting") return { state: "coming", why: "Docker is about to start it again" };
  if (phase !== "running") return judgeStopped(component, past, at);
  if (isFull(component))
    return { state: "left", why: "has no room (NOSPACE), which a restart does not make" };
  return health === "unhealthy" ? judgeUnhealthy(component, past, at) : { state: "coming", why: "starting" };
}

/** What keeps it from being healthy through no fault of its own. */
export function waitsFor(service: string, at: Circumstances): string | undefined {
  const local = at.dependencies.needs(service).find((need) => !isUp(at.components.get(need)));
  return local ?? at.missing.get(service);
}

/** A component that this peer does not have is none that another could wait for. */
function isUp(component: Component | undefined): boolean {
  if (!component) return true;
  return component.phase === "running" && (component.health === "healthy" || component.health === "none");
}

function judgeUnhealthy({ service, detail }: Component, past: Past, at: Circumstances): Judgement {
  const { limits, nowMs } = at;
  const need = waitsFor(service, at);
  if (need !== undefined) return { state: "left", why: `waits for ${need}` };
  if (nowMs - Math.max(at.beganMs, past.startedMs ?? at.beganMs) < limits.graceMs)
    return { state: "left", why: "unhealthy, but has just started" };
  const sick = sicker(past, "unhealthy", nowMs, limits.tickMs);
  const why = detail ? `unhealthy: ${detail}` : "unhealthy";
  if (sick.ticks >= limits.unhealthyTicks) return { state: "due", act: "restart", why, sick };
  return { state: "sick", why: `${why} (${sick.ticks} of ${limits.unhealthyTicks})`, sick };
}

const BY_HAND = { state: "left", why: "was stopped by hand", byHand: true } as const;

function judgeStopped(component: Component, past: Past, at: Circumstances): Judgement {
  const { limits, nowMs } = at;
  if (past.stoppedByHand && !component.startFailed) return BY_HAND;
  if (nowMs - at.beganMs < limits.graceMs) return { state: "coming", why: "not started yet" };
  if (foundStopped(component, past)) return BY_HAND;
  const sick = sicker(past, "stopped", nowMs, limits.tickMs);
  const why = component.detail ?? component.phase;
  if (sick.ticks < limits.stoppedTicks) return { state: "coming", why, sick };
  const need = waitsFor(component.service, at);
  if (need !== undefined) return { state: "left", why: `waits for ${need}`, sick };
  return { state: "due", act: "start", why, sick };
}
