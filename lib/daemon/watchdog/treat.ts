import type { Alert } from "../alerts/alert";
import { gaveUp, released, restarted } from "../alerts/component";
import { etcdFull, etcdHasRoom } from "../alerts/etcd";
import type { Component } from "../ports/components";
import type { Action, Look } from "./decide";
import { isFull } from "./full";
import { afterEvents, type GivenUp, type Past } from "./history";
import { judge, waitsFor, type Circumstances, type Judgement } from "./judge";

/** What becomes of one component. */
export interface Outcome {
  readonly service: string;
  readonly past: Past;
  readonly action?: Action["kind"];
  readonly alerts: readonly Alert[];
  /** What monitor mode would have done. */
  readonly notes: readonly string[];
  /** Undefined while it is well. */
  readonly said?: string;
  /** Those that start after it wait. */
  readonly coming: boolean;
}

/** `after`: a component that starts before this one and is on its way. */
export function treat(
  component: Component,
  before: Past,
  after: string | undefined,
  look: Look,
  at: Circumstances,
): Outcome {
  const { service } = component;
  const events = look.events.filter((e) => e.service === service);
  const past = afterEvents(before, events, look.nowMs, look.leaveAlone(service) !== undefined);
  const judgement = judge(component, past, at);
  const fullSinceMs = fullSince(component, past, judgement, look);
  const told = {
    service,
    past: { ...remembered(component, past, judgement), fullSinceMs },
    alerts: ofRoom(past.fullSinceMs, fullSinceMs, look),
    notes: [],
    coming: false,
  };
  if (before.givenUp) return afterGivingUp(told, before.givenUp, component, judgement, look);
  const counted = afterCrashes(told, look, at);
  return counted.past.givenUp ? counted : byJudgement(counted, judgement, after, look);
}

function ofRoom(before: number | undefined, now: number | undefined, { node, nowMs }: Look): Alert[] {
  if (before === undefined) return now === undefined ? [] : [etcdFull(node)];
  return now === undefined ? [etcdHasRoom(node, nowMs - before)] : [];
}

function fullSince(
  component: Component,
  { fullSinceMs }: Past,
  { state }: Judgement,
  look: Look,
): number | undefined {
  if (state === "well") return undefined;
  return fullSinceMs ?? (isFull(component) ? look.nowMs : undefined);
}

function remembered({ phase }: Component, past: Past, judgement: Judgement): Past {
  const up = phase === "running" || phase === "restarting";
  return {
    ...past,
    seenUp: past.seenUp || up,
    stoppedByHand: past.stoppedByHand || (judgement.state === "left" && judgement.byHand === true),
    sick: "sick" in judgement ? judgement.sick : undefined,
    told: "sick" in judgement && judgement.sick !== undefined ? past.told : false,
  };
}

/** One that was given up is watched again once somebody has started it, or once it is well by itself. */
function afterGivingUp(o: Outcome, was: GivenUp, c: Component, judgement: Judgement, look: Look): Outcome {
  const recovered = was.action === "left_running" && judgement.state === "well";
  if (!o.past.givenUp || recovered) {
    const past = { ...o.past, givenUp: undefined, restarts: [] };
    const alert = released(look.node, o.service, look.nowMs - was.sinceMs);
    return { ...o, past, alerts: [alert], said: "is watched again", coming: judgement.state === "coming" };
  }
  const up = c.phase === "running" || c.phase === "restarting";
  const busy = look.leaveAlone(o.service) !== undefined;
  const past = { ...o.past, givenUp: { ...was, seenStopped: was.seenStopped || (!up && !busy) } };
  const again = up && !busy && was.action === "stopped" && look.mode === "auto";
  return { ...o, past, ...(again ? { action: "stop" } : {}), said: "given up after a restart loop" };
}

/** Docker starts what crashes; it never gives up, so the guard counts that, too. */
function afterCrashes(o: Outcome, look: Look, at: Circumstances): Outcome {
  const excused =
    look.leaveAlone(o.service) !== undefined ||
    waitsFor(o.service, at) !== undefined ||
    look.nowMs - at.beganMs < look.limits.graceMs;
  if (excused) return o;
  return o.past.crashes.reduce<Outcome>((sofar, code) => {
    if (sofar.past.givenUp) return sofar;
    const reason = `exited with code ${code}`;
    if (look.mode === "monitor")
      return { ...sofar, notes: [...sofar.notes, `Docker restarted ${o.service}: ${reason}`] };
    return inLoop(sofar.past, look) ? giveUp(sofar, reason, look) : counted(sofar, reason, "docker", look);
  }, o);
}

function byJudgement(o: Outcome, judgement: Judgement, after: string | undefined, look: Look): Outcome {
  switch (judgement.state) {
    case "well":
      return o;
    case "coming":
      return { ...o, said: judgement.why, coming: true };
    case "left":
    case "sick":
      return { ...o, said: judgement.why };
    case "due":
      if (judgement.act === "start" && after !== undefined)
        return { ...o, said: `starts after ${after}`, coming: true };
      return look.mode === "monitor" ? wouldDo(o, judgement, look) : doIt(o, judgement, look);
  }
}

type Due = Extract<Judgement, { state: "due" }>;

function doIt(o: Outcome, { act, why }: Due, look: Look): Outcome {
  if (inLoop(o.past, look)) return giveUp(o, why, look);
  return { ...counted(o, why, "watchdog", look), action: act, coming: true };
}

function wouldDo(o: Outcome, { act, why }: Due, look: Look): Outcome {
  const said = `would ${act} ${o.service} on ${look.node}: ${why}`;
  const notes = o.past.told ? o.notes : [...o.notes, said];
  return { ...o, past: { ...o.past, told: true }, notes, said: why };
}

function counted(o: Outcome, reason: string, by: "watchdog" | "docker", look: Look): Outcome {
  const { nowMs, limits, node } = look;
  const restarts = [...o.past.restarts, nowMs].slice(-limits.loopRestarts);
  const count = restarts.filter((ms) => nowMs - ms <= limits.loopWindowMs).length;
  const alert = restarted({ node, component: o.service, reason, by, count });
  const said = by === "watchdog" ? `is restarted: ${reason}` : `was restarted by Docker: ${reason}`;
  // Its next start is then no crash's.
  const exit = by === "watchdog" ? { asked: true } : o.past.exit;
  return { ...o, past: { ...o.past, restarts, exit, sick: undefined }, alerts: [...o.alerts, alert], said };
}

/** So many restarts within the window, and sick again: another one would not help either. */
function inLoop({ restarts }: Past, { nowMs, limits }: Look): boolean {
  const [first, last] = [restarts[0], restarts.at(-1)];
  if (restarts.length < limits.loopRestarts || first === undefined || last === undefined) return false;
  return last - first <= limits.loopWindowMs && nowMs - last <= limits.loopWindowMs;
}

/** A voter that runs is left running: stopped, it would take its vote and its data away from the others. */
function giveUp(o: Outcome, reason: string, look: Look): Outcome {
  const { node, nowMs, limits, dependencies } = look;
  const unhealthy = o.past.sick?.as === "unhealthy";
  const action = unhealthy && dependencies.voters.includes(o.service) ? "left_running" : "stopped";
  const { loopRestarts: restarts, loopWindowMs: windowMs } = limits;
  const alert = gaveUp({ node, component: o.service, restarts, windowMs, action, reason });
  const stops = action === "stopped" && o.past.sick?.as !== "stopped";
  return {
    ...o,
    past: { ...o.past, sick: undefined, givenUp: { sinceMs: nowMs, action, seenStopped: false } },
    ...(stops ? { action: "stop" } : {}),
    alerts: [...o.alerts, alert],
    said: `given up: ${reason}`,
  };
}
