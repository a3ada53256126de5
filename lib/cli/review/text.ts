import type { Risk } from "./risks";
import type { ClusterReview, Review } from "./review";
import type { Fate } from "./fate";
import { count } from "../../plan/summary";

/** In the order in which a headline tells them. */
const FATES: readonly Exclude<Fate, "unchanged">[] = [
  "destroyed",
  "replaced",
  "forgotten",
  "changed",
  "created",
];

/** What a plan does, in a line. */
export function headline({ clusters, peers, risks }: Review): string {
  const told = [...tally(clusters, "cluster"), ...tally(peers, "peer")];
  const found = risks.length === 0 ? "no risk found" : count(risks.length, "risk");
  const failed = risks.some(({ rule }) => rule === "plan-failed");
  const nothing = failed ? "the plan failed" : "nothing changes";
  return `${told.length === 0 ? nothing : told.join(", ")}; ${found}`;
}

function tally(found: readonly { readonly fate: Fate }[], noun: string): string[] {
  return FATES.flatMap((fate) => {
    const n = found.filter((one) => one.fate === fate).length;
    return n === 0 ? [] : [`${count(n, noun)} ${fate}`];
  });
}

/** "cluster vectors is changed, Milvus v2.3.4 → v2.3.5". */
export function clusterText({ name, fate, versions }: ClusterReview): string {
  return `cluster ${name} is ${fate}, Milvus ${versions.join(" → ")}`;
}

/** As a sentence. */
export function riskText({ message }: Risk): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

/** Whether a plan holds nothing of ours. */
export function isEmpty({ clusters, peers, risks }: Review): boolean {
  return clusters.length === 0 && peers.length === 0 && risks.length === 0;
}

export const NOTHING = "There is no Milvus cluster and no peer of one in this plan.";
