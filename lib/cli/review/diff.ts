/** Lines that stay are told by a space, as in a unified diff. */
type Mark = " " | "-" | "+";
type Line = readonly [mark: Mark, text: string];

/** Lines around a change that are shown with it. */
const CONTEXT = 3;
/** Cells of the table of common lines: two texts of 2,000 lines that have no end in common. */
const MOST_CELLS = 4_000_000;

/** A unified diff without its file names; empty for equal texts. */
export function unifiedDiff(before: string, after: string): string[] {
  return hunks(diffLines(split(before), split(after)));
}

function split(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** Common ends are set aside: what is between them is small, as a rule. */
function diffLines(before: readonly string[], after: readonly string[]): Line[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const same = (lines: readonly string[]): Line[] => lines.map((text) => [" ", text]);
  return [
    ...same(before.slice(0, head)),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(before.slice(before.length - tail)),
  ];
}

/** By the longest common subsequence; beyond the bound all old lines go and all new ones come. */
function middle(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length * after.length > MOST_CELLS)
    return [...before.map((text): Line => ["-", text]), ...after.map((text): Line => ["+", text])];
  const length = commonLengths(before, after);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push([" ", before[i]!]);
      i++;
      j++;
    } else if (j === after.length || (i < before.length && length(i + 1, j) >= length(i, j + 1)))
      lines.push(["-", before[i++]!]);
    else lines.push(["+", after[j++]!]);
  }
  return lines;
}

/** Length of the longest common subsequence of what follows two positions. */
function commonLengths(
  before: readonly string[],
  after: readonly string[],
): (i: number, j: number) => number {
  const width = after.length + 1;
  const cells = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      cells[i * width + j] =
        before[i] === after[j]
          ? cells[(i + 1) * width + j + 1]! + 1
          : Math.max(cells[(i + 1) * width + j]!, cells[i * width + j + 1]!);
  return (i, j) => cells[i * width + j]!;
}

function hunks(lines: readonly Line[]): string[] {
  const changed = lines.flatMap(([mark], i) => (mark === " " ? [] : [i]));
  const ranges: [first: number, end: number][] = [];
  for (const i of changed) {
    const last = ranges.at(-1);
    const [first, end] = [Math.max(0, i - CONTEXT), Math.min(lines.length, i + CONTEXT + 1)];
    if (last && first <= last[1]) last[1] = end;
    else ranges.push([first, end]);
  }
  return ranges.flatMap(([first, end]) => [
    `@@ -${place(lines, first, end, "-")} +${place(lines, first, end, "+")} @@`,
    ...lines.slice(first, end).map(([mark, text]) => `${mark}${text}`),
  ]);
}

/** "first,count" of one side of a hunk. */
function place(lines: readonly Line[], first: number, end: number, side: Mark): string {
  const count = (part: readonly Line[]): number =>
    part.filter(([mark]) => mark === " " || mark === side).length;
  const [before, within] = [count(lines.slice(0, first)), count(lines.slice(first, end))];
  return `${within === 0 ? before : before + 1},${within}`;
}
