import { count } from "../../plan/summary";
import type { FileChange } from "./files";
import { fenced, folded, html } from "./markdown-text";
import { namesText } from "../../plan/names-text";
import type { ClusterReview } from "./review";

/** Characters that are left for the lines of files: what does not fit is only told of. */
export interface Room {
  left: number;
}

/** Lines of one file that are shown. */
const MOST_LINES = 400;

export function filesMarkdown({ files, peers, fate }: ClusterReview, room: Room): string[] {
  if (files === undefined)
    return ["#### Files", "", "They hold what is known only while applying, so none can be shown."];
  if (files.length === 0) return [];
  const shown = files.map((file) => ({ file, text: fileMarkdown(file, peers) }));
  const fitting = shown.filter(({ text }) => fits(text, room));
  const left = shown.filter((one) => !fitting.includes(one)).map(({ file }) => file);
  const what =
    fate === "changed"
      ? "Lines that change, secrets masked. A change that several peers have in common is shown once, as the first of them has it."
      : "All files, secrets masked, as the first of their peers has them; the others' differ in names and addresses.";
  return [
    "#### Files",
    "",
    what,
    "",
    ...fitting.flatMap(({ text }) => [...text, ""]),
    ...leftText(left, peers),
  ];
}

function fits(text: readonly string[], room: Room): boolean {
  const size = text.join("\n").length + 2;
  if (size > room.left) return false;
  room.left -= size;
  return true;
}

function fileMarkdown(file: FileChange, order: readonly string[]): string[] {
  const { name, peers, kind, lines } = file;
  const cut = lines.length - MOST_LINES;
  const body = cut > 0 ? [...lines.slice(0, MOST_LINES), `… ${count(cut, "more line")}`] : lines;
  const summary = `<code>${html(name)}</code> on ${html(namesText(peers, order))}: ${countsOf(file)}`;
  return folded(summary, fenced(kind === "new" ? "" : "diff", body));
}

function countsOf({ kind, added, removed }: FileChange): string {
  if (kind === "new") return `new, ${count(added, "line")}`;
  if (kind === "gone") return `gone, ${count(removed, "line")}`;
  return `${added} added, ${removed} removed`;
}

function leftText(left: readonly FileChange[], order: readonly string[]): string[] {
  if (left.length === 0) return [];
  const told = left.map(({ name, peers }) => `${name} on ${namesText(peers, order)}`);
  return [`Too long to be shown here, see the plan itself: ${told.join("; ")}.`, ""];
}
