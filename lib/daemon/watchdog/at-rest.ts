import type { Component } from "../ports/components";
import type { Look } from "./decide";
import { NO_PAST } from "./history";
import type { Outcome } from "./treat";

/** What remembers that the cluster is stopped goes on. */
const STAYS = "etcd";

/**
 * What becomes of a component while its cluster is stopped; undefined where that makes no difference. One that runs all the same is
 * removed: its peer was away while the others stopped, and Docker has started it as the VM came up.
 */
export function atRest({ service }: Component, { stopped, leaveAlone }: Look): Outcome | undefined {
  if (!stopped || service === STAYS) return undefined;
  const due = stopped.done && leaveAlone(service) === undefined;
  return {
    ...{ service, past: NO_PAST, alerts: [], notes: [], coming: false },
    ...(due ? { action: "remove" } : {}),
    said: "the cluster is stopped",
  };
}
