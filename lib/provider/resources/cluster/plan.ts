import { formSteps } from "../../../plan/form";
import { links } from "../../../plan/links";
import { summary } from "../../../plan/summary";
import { renderAll } from "../../../render";
import { restoreProblem, restoreTitle } from "../../../spec/restore-from";
import { masked } from "../../../spec/secrets";
import type { ClusterSpec, CompileResult, Problem } from "../../../spec/spec";
import { hasUnknown, UNKNOWN, type Diagnostics, type DraftModel, type PlanContext } from "../../framework";
import { changeOf, lastHeard, problemsOf, type Planned } from "./changes";
import { endpointsOf } from "./described";
import { desired, type Desired } from "./desired";
import { secretProblems } from "./outside-secrets";
import { hasInstanceToCome, peerIds } from "./instances";
import type { ClusterAttributes } from "./schema";
import { asksOutsideAnew, refuseOtherSecrets, secretMarks } from "./secrets";
import { attributePath } from "./spec-input";

type Draft = DraftModel<ClusterAttributes>;

/** Checks the whole spec and says what will be done. */
export function planCluster(c: PlanContext<ClusterAttributes>): void {
  if (c.prior !== null) refuseOtherSecrets(c, c.prior);
  if (c.prior !== null && c.changed("token")) c.planned.context = UNKNOWN;
  if (c.prior !== null && c.planned.restore_from !== null && c.changed("restore_from")) restoresNothing(c);
  const marks = secretMarks(c.planned, c.prior, lastHeard(c.private)?.spec);
  const wanted = marks === UNKNOWN ? undefined : desired(c.planned, marks);
  if (!wanted) return leaveOpen(c);
  // With addresses that are not known, what may turn out to be legal is not refused.
  const { problems, spec } = wanted.results.find((result) => result.spec) ?? wanted.results[0];
  // Warnings are for the decision to form the cluster; later plans need not repeat them.
  const told = problems.filter(concerns(wanted)).filter((p) => p.severity === "error" || c.prior === null);
  report(c.diagnostics, told);
  // Those of a formed cluster stay as they are, whatever they are, until they change.
  if (c.prior === null || asksOutsideAnew(c.planned, c.prior))
    c.diagnostics.add(...secretProblems(c.planned, wanted.input));
  if (!spec) return;
  if (c.prior === null) planCreation(c, spec, wanted);
  else if (wanted.addressesKnown)
    planUpdate(c, changeOf(c.private, c.prior, peerIds(c.planned), spec), wanted);
  else leaveOpen(c);
}

/** Who adds it to a cluster that is there may well think that it gets data back. */
function restoresNothing({ diagnostics }: PlanContext<ClusterAttributes>): void {
  diagnostics.warning(
    "Nothing is restored into a cluster that is there",
    "restore_from counts while a cluster is formed. Collections are got back by milvus-onprem restore-backup.",
    ["restore_from"],
  );
}

function planCreation(c: PlanContext<ClusterAttributes>, spec: ClusterSpec, wanted: Desired): void {
  const problem = c.planned.restore_from === null ? undefined : restoreProblem(spec);
  if (problem !== undefined)
    c.diagnostics.error("The cluster cannot be formed from a backup", `${capitalised(problem)}.`, [
      "restore_from",
    ]);
  describe(c.planned, spec, wanted);
}

/** What only the cluster can tell once a change is in force. */
const SEEN = ["generation", "leader", "status"] as const;
const DESCRIBED = ["rollout", "drift", "resilience", "links", "rendered", "endpoint", "endpoints"] as const;

/** What is not known yet may turn out to be a change, so nothing that follows from it is promised. */
function leaveOpen({ planned }: PlanContext<ClusterAttributes>): void {
  for (const name of [...SEEN, ...DESCRIBED]) planned[name] = UNKNOWN;
}

/** Says what will be done to a formed cluster, if anything: also when an earlier change has not ended. */
function planUpdate(
  { planned, diagnostics }: PlanContext<ClusterAttributes>,
  change: Planned,
  wanted: Desired,
): void {
  diagnostics.add(...problemsOf(change));
  if (change.steps.length === 0) return;
  describe(planned, change.to, wanted);
  if (hasInstanceToCome(change.to)) planned.rendered = UNKNOWN;
  planned.rollout = change.steps.map(({ title }) => title);
  for (const name of SEEN) planned[name] = UNKNOWN;
}

/** A problem with a stand-in is nobody's. */
const concerns =
  ({ addressesKnown }: Desired) =>
  ({ path }: Problem): boolean =>
    addressesKnown || !/^peers\[\d+\]\.address$/.test(path);

function describe(planned: Draft, spec: ClusterSpec, { addressesKnown, results }: Desired): void {
  planned.rollout = hasUnknown(planned.restore_from) ? UNKNOWN : agreed(results, (s) => creation(planned, s));
  planned.resilience = agreed(results, summary);
  planned.links = links(spec);
  planned.drift = [];
  if (!addressesKnown) return;
  planned.rendered = renderAll(spec, masked(spec));
  const endpoints = endpointsOf(spec);
  planned.endpoints = endpoints;
  planned.endpoint = endpoints[0] as string;
}

/** What forms a cluster, and what comes after that. */
export function creation({ restore_from: from }: Pick<Draft, "restore_from">, spec: ClusterSpec): string[] {
  const backup = from === UNKNOWN ? UNKNOWN : from?.backup;
  const after = typeof backup === "string" ? [restoreTitle(backup, spec)] : [];
  return [...formSteps(spec).map((step) => step.title), ...after];
}

/** What is to be said whatever the addresses turn out to be, or unknown. */
function agreed(
  results: readonly CompileResult[],
  say: (spec: ClusterSpec) => string[],
): string[] | typeof UNKNOWN {
  const [first, ...others] = results.map(({ spec }) => spec && say(spec));
  return first && others.every((lines) => lines?.join("\n") === first.join("\n")) ? first : UNKNOWN;
}

function report(diagnostics: Diagnostics, problems: readonly Problem[]): void {
  for (const { severity, path, message } of problems) {
    diagnostics[severity](capitalised(message), undefined, attributePath(path));
  }
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
