import { targetText } from "../../spec/backups";
import { canonicalJson } from "../../spec/canonical";
import type { ClusterSpec } from "../../spec/spec";
import { everyone } from "../names-text";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";

/** Before anything is changed: a target that refuses is told of now, and not by the first backup that fails. */
export function reachStep({ from, to, unfinished }: Transition): ChangeStep[] {
  const start = [from, unfinished ?? from].find((spec) => !sameTarget(spec, to));
  if (!to.backups?.target || !start) return [];
  return [
    {
      name: "reach",
      kind: "reach",
      title: `write to ${targetText(to)}, read and delete there, from ${everyone(to)}`,
      why: [differenceOf(start, to)],
      peers: to.peers.map(({ name }) => name),
      impact: UNNOTICED,
    },
  ];
}

/** Whether backups lie at the same place, to which the same keys lead. */
function sameTarget(a: ClusterSpec, b: ClusterSpec): boolean {
  const all = [a, b].map(({ backups, secrets }) =>
    canonicalJson([backups?.target ?? null, secrets?.backups ?? null]),
  );
  return all[0] === all[1];
}

function differenceOf(from: ClusterSpec, to: ClusterSpec): string {
  const [before, after] = [targetText(from), targetText(to)];
  return before === after
    ? "backups.target: its keys, or how it is reached"
    : `backups.target: ${before} → ${after}`;
}
