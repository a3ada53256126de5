import type { Effect } from "../../plan/change";
import { plain, table } from "./markdown-text";
import type { ClusterReview } from "./review";
import type { StepRow } from "./steps";

/** The steps as a table; what clients notice only of a cluster that has some. */
export function stepsMarkdown({ steps: { rows, presumed }, fate }: ClusterReview): string[] {
  if (fate === "destroyed" || fate === "forgotten") return [];
  if (rows.length === 0 && presumed) return ["The steps are known only while applying."];
  if (rows.length === 0) return ["No step: nothing is restarted and no file is written."];
  const head = ["#### Steps", "", ...(fate in FORMING ? [FORMING[fate]!, ""] : [])];
  const note = presumed
    ? ["", "The plan leaves the steps open until addresses are known; these are computed from what is."]
    : [];
  return [...head, ...(fate === "changed" ? changing(rows) : forming(rows)), ...note];
}

const FORMING: Readonly<Record<string, string>> = {
  created: "There is nothing yet that clients could notice.",
  replaced: "The old cluster is gone before the first one.",
};

function forming(rows: readonly StepRow[]): string[] {
  return table(
    ["#", "step"],
    rows.map(({ title }, i) => [String(i + 1), plain(title)]),
  );
}

/** The last column is there where it says something. */
function changing(rows: readonly StepRow[]): string[] {
  const lasting = rows.some(({ irreversible }) => irreversible !== undefined);
  return table(
    ["#", "step", "reads", "writes", "what is noticed", ...(lasting ? ["cannot be undone"] : [])],
    rows.map(({ title, impact, irreversible }, i) => [
      ...[String(i + 1), plain(title)],
      ...(impact
        ? [EFFECTS[impact.reads], EFFECTS[impact.writes], plain(impact.detail)]
        : ["?", "?", "not known to this release"]),
      ...(lasting ? [plain(irreversible ?? "")] : []),
    ]),
  );
}

const EFFECTS: Readonly<Record<Effect, string>> = { none: "–", stall: "wait", stop: "**stop**" };
