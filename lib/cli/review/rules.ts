export interface Rule {
  readonly level: "error" | "warning";
  /** What the rule looks for, in a sentence. */
  readonly text: string;
}

/** Every kind of risk. Ids are part of what scripts and code scanning see: they stay. */
export const RULES = {
  "data-deleted": { level: "error", text: "A cluster is destroyed with its data." },
  "cluster-destroyed": { level: "error", text: "A cluster is destroyed; its data stays." },
  "cluster-replaced": { level: "error", text: "A cluster is destroyed and formed anew, empty." },
  "credentials-lost": {
    level: "error",
    text: "The CA and the secrets of a cluster that stays are given up.",
  },
  "peer-replaced": { level: "error", text: "A VM is taken out of its cluster and prepared anew." },
  "peer-destroyed": { level: "error", text: "A VM is taken out of a cluster that stays." },
  "change-refused": { level: "error", text: "A formed cluster does not take this change." },
  "plan-failed": { level: "error", text: "Terraform stopped in an error while planning." },
  "cluster-forgotten": { level: "warning", text: "A cluster leaves Terraform's state and goes on." },
  "protection-off": { level: "warning", text: "Deletion protection is switched off." },
  "delete-data-on": { level: "warning", text: "Destroying the cluster will delete its data from now on." },
  "service-stops": { level: "warning", text: "Reads or writes stop for a while." },
  "changed-by-hand": { level: "warning", text: "What was changed by hand on a peer is put back." },
  "unfinished-change": { level: "warning", text: "An earlier change has not ended." },
  "known-later": { level: "warning", text: "What decides the steps or files is known only while applying." },
  "second-look": { level: "warning", text: "Legal, and worth a second look." },
  "plan-incomplete": { level: "warning", text: "Terraform puts some changes off." },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleId = keyof typeof RULES;

const ORDER = ["error", "warning"];

export function compareLevels(a: string, b: string): number {
  return ORDER.indexOf(a) - ORDER.indexOf(b);
}
