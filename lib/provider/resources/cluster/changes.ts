import type { SpecReply } from "../../../api/wire";
import { crowdedRefusals, type Loaded } from "../../../plan/crowded";
import { planChange, type Change, type Drift } from "../../../plan/change";
import { compileSpec } from "../../../spec/compile";
import { withDaemonOf } from "../../../spec/same";
import type { ClusterSpec, Problem } from "../../../spec/spec";
import type { Diagnostic } from "../../framework";
import { withInstances, type PeerIds } from "./instances";
import type { ClusterModel } from "./schema";
import { attributePath, specInput } from "./spec-input";

/** What the peers said last: kept beside the state, so that a plan need not reach them. */
export type InForce = Pick<SpecReply, "generation" | "spec" | "unfinished">;

/** Terraform's private data of a cluster. */
type Private = Record<string, unknown>;

export function remember(kept: Private, { generation, spec, unfinished }: InForce): void {
  kept.inForce = { generation, spec, unfinished };
}

/** Undefined: nobody could tell. The job looks once more, before anything is changed. */
export function rememberLoaded(kept: Private, loaded: readonly Loaded[] | undefined): void {
  kept.loaded = loaded;
}

/** What the peers found at the last look. */
export const driftOf = ({ drift }: ClusterModel): readonly Drift[] => (drift ?? []) as readonly Drift[];

/** Undefined while no peer has been asked yet. */
export function lastHeard(kept: Private): InForce | undefined {
  return kept.inForce as InForce | undefined;
}

/** Where a change begins. A state that no peer has been asked for yet tells of itself what was formed. */
export function startOf(
  kept: Private,
  prior: ClusterModel,
): Pick<InForce, "spec" | "unfinished"> | undefined {
  const known = lastHeard(kept);
  if (known) return known;
  const { spec } = compileSpec(specInput(prior));
  return spec && { spec };
}

/** A change, and the spec that it is to lead to. */
export interface Planned extends Change {
  readonly to: ClusterSpec;
}

/** `next`: as the program has it, which knows nothing of the VMs that were there before. */
export function changeOf(kept: Private, prior: ClusterModel, ids: PeerIds, next: ClusterSpec): Planned {
  const start = startOf(kept, prior);
  if (!start) return { steps: [], refusals: [], warnings: [], to: next };
  const to = withInstances(next, start.spec, prior, ids);
  const change = planChange(start.spec, withDaemonOf(to, start.spec), start.unfinished?.spec, driftOf(prior));
  const refusals = [
    ...change.refusals,
    ...crowdedRefusals(start.spec, to, (kept.loaded ?? []) as readonly Loaded[]),
  ];
  return { ...change, refusals, to };
}

export function problemsOf({ refusals, warnings }: Pick<Change, "refusals" | "warnings">): Diagnostic[] {
  return [
    ...refusals.map((p) => diagnostic(p, "A formed cluster cannot be changed this way")),
    ...warnings.map((p) => diagnostic(p, "This change is worth a second look")),
  ];
}

function diagnostic({ severity, path, message }: Problem, summary: string): Diagnostic {
  const at = path === "" ? {} : { path: attributePath(path) };
  return { severity, summary, detail: `${message}.`, ...at };
}
