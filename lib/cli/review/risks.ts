import { compareLevels, RULES, type RuleId } from "./rules";
import { driftText } from "../../plan/drift";
import { drift, type ClusterChange } from "./attributes";
import type { Fate } from "./fate";
import type { Plan } from "./plan-json";
import type { Specs } from "./specs";
import { stops, type StepRow, type Steps } from "./steps";

/** One thing that a reviewer must not overlook. */
export interface Risk {
  readonly rule: RuleId;
  readonly level: "error" | "warning";
  /** Address of the resource; undefined where it is of the whole plan. */
  readonly address?: string;
  readonly message: string;
}

export function risk(rule: RuleId, message: string, address?: string): Risk {
  return { rule, level: RULES[rule].level, message, ...(address === undefined ? {} : { address }) };
}

/** The gravest first, else in the order in which they were found. */
export function ordered(risks: readonly Risk[]): Risk[] {
  return [...risks].sort((a, b) => compareLevels(a.level, b.level));
}

export function planRisks({ errored, incomplete }: Plan): Risk[] {
  return [
    ...(errored
      ? [
          risk(
            "plan-failed",
            "Terraform stopped in an error while planning; what it refused is in its own output and not in this plan, which cannot be applied",
          ),
        ]
      : []),
    // A plan that failed is incomplete by that.
    ...(incomplete && !errored
      ? [
          risk(
            "plan-incomplete",
            "Terraform puts some changes off: they are in no step below, and need another plan",
          ),
        ]
      : []),
  ];
}

export function clusterRisks(c: ClusterChange, fate: Fate, specs: Specs, steps: Steps): Risk[] {
  const found = (rule: RuleId, message: string): Risk => risk(rule, message, c.address);
  return [
    ...endRisks(c, fate, found),
    ...(fate === "changed" ? switchRisks(c, found) : []),
    ...(steps.change?.refusals ?? []).map(({ message }) => found("change-refused", message)),
    ...(fate === "changed"
      ? drift(c).map((d) =>
          d.kind === "certificate"
            ? found("second-look", `an apply renews certificates: ${driftText(d)}`)
            : found("changed-by-hand", `an apply puts back what was changed by hand: ${driftText(d)}`),
        )
      : []),
    ...(steps.differs && steps.rows.length > 0 ? [found("unfinished-change", UNFINISHED)] : []),
    ...stopRisks(steps.rows, found),
    ...secondLooks(fate, specs, steps).map((message) => found("second-look", message)),
    ...unknownTexts(specs, fate, steps).map((message) => found("known-later", message)),
  ];
}

type Found = (rule: RuleId, message: string) => Risk;

const UNFINISHED =
  "the plan's steps are not those that lead from the recorded cluster to the wanted one: an earlier change has not ended (see " +
  "milvus-onprem jobs list), or another release has made the plan; the plan's own steps are shown";

/** The end of a cluster, wholly or for Terraform. */
function endRisks({ before }: ClusterChange, fate: Fate, found: Found): Risk[] {
  const name = String(before?.name);
  if (fate === "forgotten")
    return [found("cluster-forgotten", `Terraform forgets cluster ${name}; it goes on running without it`)];
  if (fate !== "destroyed" && fate !== "replaced") return [];
  const again = fate === "replaced" ? ", and an empty one is formed in its place" : "";
  if (before?.on_destroy === "delete_data")
    return [
      found(
        "data-deleted",
        `cluster ${name} is destroyed WITH ALL ITS DATA (on_destroy is delete_data)${again}; nothing brings the data back`,
      ),
    ];
  return [
    found(
      fate === "replaced" ? "cluster-replaced" : "cluster-destroyed",
      `cluster ${name} is destroyed${again}; its data stays on the VMs (on_destroy is keep_data)`,
    ),
  ];
}

function switchRisks({ before, after }: ClusterChange, found: Found): Risk[] {
  const turned = (name: string, from: unknown, to: unknown): boolean =>
    before?.[name] === from && after?.[name] === to;
  return [
    ...(turned("deletion_protection", true, false)
      ? [
          found(
            "protection-off",
            "deletion protection is switched off: from then on the cluster can be destroyed",
          ),
        ]
      : []),
    ...(turned("on_destroy", "keep_data", "delete_data")
      ? [
          found(
            "delete-data-on",
            "from then on destroying the cluster deletes its data: on_destroy becomes delete_data",
          ),
        ]
      : []),
  ];
}

function stopRisks(rows: readonly StepRow[], found: Found): Risk[] {
  return rows.filter(stops).map(({ title, impact }) => {
    const stopped = (["reads", "writes"] as const).filter((kind) => impact![kind] === "stop");
    return found(
      "service-stops",
      `${stopped.join(" and ")} stop while this runs: ${title}; ${impact!.detail}`,
    );
  });
}

/** Warnings of the plan engine but those that a stopping step has already given; of a new cluster those of its layout. */
function secondLooks(fate: Fate, { problems }: Specs, { change, rows }: Steps): string[] {
  const isNew = fate === "created" || fate === "replaced";
  const ofLayout = isNew ? problems.filter(({ severity }) => severity === "warning") : [];
  const told = rows.filter(stops).map(({ title }) => title);
  const ofChange = (change?.warnings ?? []).filter(
    ({ message }) => !told.some((title) => message.includes(title)),
  );
  return [...ofLayout, ...ofChange].map(({ message }) => message);
}

function unknownTexts({ unknownAddresses: names }: Specs, fate: Fate, { rows, presumed }: Steps): string[] {
  if (presumed && rows.length === 0)
    return ["what decides the steps is known only while applying: neither steps nor files can be told"];
  if (names.length === 0) return [];
  const what = `the address of ${names.join(", ")} is known only while applying`;
  return fate === "created"
    ? [`${what}: no file that holds it can be shown`]
    : [
        `${what}: the steps below are those for an address that stays, and an apply that finds another one is refused`,
      ];
}
