import type { WatchdogMode } from "../../spec/spec";
import type { Alert } from "../alerts/alert";
import type { Component, ComponentEvent } from "../ports/components";
import type { StopRecord } from "../store/records";
import { atRest } from "./at-rest";
import { NO_PAST, type History } from "./history";
import type { Circumstances } from "./judge";
import { treat, type Outcome } from "./treat";

/** What the watchdog sees at one look. */
export interface Look extends Omit<Circumstances, "beganMs" | "components"> {
  /** Name of this peer. */
  readonly node: string;
  readonly mode: WatchdogMode;
  readonly components: readonly Component[];
  /** Somebody has stopped the cluster. */
  readonly stopped?: Pick<StopRecord, "done">;
  /** Since the last look, in order. */
  readonly events: readonly ComponentEvent[];
}

export interface Action {
  readonly kind: "restart" | "start" | "stop" | "remove";
  readonly service: string;
}

export interface Decision {
  readonly history: History;
  /** In the order in which they are to begin. */
  readonly actions: readonly Action[];
  readonly alerts: readonly Alert[];
  /** What monitor mode would have done. */
  readonly notes: readonly string[];
  /** What there is to say of all components, in one sentence. */
  readonly sentence: string;
}

/** What to do about the components of this peer. Pure: it knows the clock and the world by `look` alone. */
export function decide(history: History, look: Look): Decision {
  const components = new Map(look.components.map((c) => [c.service, c]));
  const outcomes: Outcome[] = [];
  let coming: string | undefined;
  for (const stage of look.dependencies.stages) {
    const found = stage.flatMap((service) => components.get(service) ?? []);
    const at = { ...look, beganMs: history.beganMs, components };
    const stageOutcomes = found.map(
      (c) => atRest(c, look) ?? treat(c, history.past.get(c.service) ?? NO_PAST, coming, look, at),
    );
    outcomes.push(...stageOutcomes);
    coming ??= stageOutcomes.find((o) => o.coming)?.service;
  }
  return {
    history: { ...history, past: new Map(outcomes.map((o) => [o.service, o.past])) },
    actions: outcomes.flatMap(({ service, action }) => (action ? [{ kind: action, service }] : [])),
    alerts: outcomes.flatMap((o) => o.alerts),
    notes: outcomes.flatMap((o) => o.notes),
    sentence: sentence(outcomes),
  };
}

function sentence(outcomes: readonly Outcome[]): string {
  const said = outcomes.flatMap(({ service, said }) => (said === undefined ? [] : [`${service}: ${said}`]));
  return said.length > 0 ? said.join("; ") : `${outcomes.length} components are well`;
}
