import { planChange, type Change, type Drift, type Impact } from "../../plan/change";
import { formSteps } from "../../plan/form";
import { restartImpact } from "../../plan/impact";
import { checkStep } from "../../plan/steps/check";
import { commitStep } from "../../plan/steps/commit";
import { verifyStep } from "../../plan/steps/verify";
import { transition } from "../../plan/transition";
import { peerServices } from "../../render";
import { withDaemonOf } from "../../spec/same";
import type { ClusterSpec } from "../../spec/spec";
import { drift, hasTrue, lines, type ClusterChange } from "./attributes";
import type { Fate } from "./fate";
import type { Specs } from "./specs";

/** A step as a reviewer sees it. */
export interface StepRow {
  readonly title: string;
  /** What clients notice; undefined where there are none yet, or where this program does not know the step. */
  readonly impact?: Impact;
  /** What putting the old values back does not bring back. */
  readonly irreversible?: string;
  /** What is restarted, and where. */
  readonly service?: string;
  readonly peers: readonly string[];
}

export interface Steps {
  readonly rows: readonly StepRow[];
  /** What this program makes of the same change. */
  readonly change?: Change;
  /** The plan holds other steps than this program computes. */
  readonly differs: boolean;
  /** The plan leaves them open: they are computed here, as far as that can be. */
  readonly presumed: boolean;
}

/** The plan's own steps, with what clients notice of each. */
export function stepsOf(change: ClusterChange, fate: Fate, specs: Specs): Steps {
  if (fate === "created" || fate === "replaced") return forming(change, specs);
  if (fate !== "changed") return NONE;
  const computed = changeOf(specs, drift(change));
  const known = computed?.steps.map(({ title, impact, irreversible, service, peers }): StepRow => ({
    title,
    impact,
    irreversible,
    service,
    peers: service ? peers : [],
  }));
  if (specs.unknownAddresses.length > 0)
    return { rows: known ?? [], change: computed, differs: false, presumed: true };
  // A plan with steps leaves the generation open: without, its rollout is that of the change before.
  const planned = hasTrue(change.unknown.generation)
    ? (lines(change.after, "rollout", change.unknown) ?? [])
    : [];
  const rows = planned.map((title) => known?.find((row) => row.title === title) ?? rowOf(title, specs.after));
  const differs = known !== undefined && known.map((row) => row.title).join("\n") !== planned.join("\n");
  return { rows, change: computed, differs, presumed: planned.length === 0 && specs.after === undefined };
}

const NONE: Steps = { rows: [], differs: false, presumed: false };

function forming({ after, unknown }: ClusterChange, { after: spec }: Specs): Steps {
  const planned = lines(after, "rollout", unknown);
  const titles = planned ?? (spec ? formSteps(spec).map((step) => step.title) : []);
  return {
    rows: titles.map((title) => ({ title, peers: [] })),
    differs: false,
    presumed: planned === undefined,
  };
}

function changeOf({ before, after }: Specs, drift: readonly Drift[]): Change | undefined {
  if (!before || !after) return undefined;
  return planChange(before, withDaemonOf(after, before), undefined, drift);
}

/** A step that this program does not compute itself; what a restart means, and what every change has, is known all the same. */
function rowOf(title: string, spec: ClusterSpec | undefined): StepRow {
  const common =
    spec && COMMON.map((step) => step(transition(spec, spec))).find((step) => step.title === title);
  if (common) return { title, impact: common.impact, peers: [] };
  const service = /^restart (\S+) on /.exec(title)?.[1];
  if (!spec || service === undefined) return { title, peers: [] };
  const words = new Set(title.split(/[\s,]+/));
  const peers = spec.peers
    .map(({ name }) => name)
    .filter((name) => words.has(name) && Object.hasOwn(peerServices(spec, named(spec, name)), service));
  return peers.length === 0
    ? { title, peers }
    : { title, peers, service, impact: restartImpact(spec, service) };
}

const COMMON = [checkStep, verifyStep, commitStep];

function named(spec: ClusterSpec, name: string): ClusterSpec["peers"][number] {
  return spec.peers.find((peer) => peer.name === name)!;
}

export function stops({ impact }: StepRow): boolean {
  return impact?.reads === "stop" || impact?.writes === "stop";
}
