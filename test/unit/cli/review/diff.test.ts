import { unifiedDiff } from "../../../../lib/cli/review/diff";

/** What a diff makes of a text, as `patch` would. */
function patched(before: string, diff: readonly string[]): string {
  const old = before === "" ? [] : before.replace(/\n$/, "").split("\n");
  const lines: string[] = [];
  let at = 0;
  for (const line of diff) {
    const hunk = /^@@ -(\d+),(\d+) /.exec(line);
    if (hunk) {
      const start = Number(hunk[1]) - (hunk[2] === "0" ? 0 : 1);
      while (at < start) lines.push(old[at++]!);
      continue;
    }
    if (!line.startsWith("+")) expect(line.slice(1)).toBe(old[at++]);
    if (!line.startsWith("-")) lines.push(line.slice(1));
  }
  return [...lines, ...old.slice(at)].map((line) => `${line}\n`).join("");
}

test("a changed line with three lines around it", () => {
  const before = "a\nb\nc\nd\ne\nf\ng\nh\ni\n";
  expect(unifiedDiff(before, before.replace("e", "E"))).toEqual([
    "@@ -2,7 +2,7 @@",
    ...[" b", " c", " d", "-e", "+E", " f", " g", " h"],
  ]);
});

test("changes far from each other are hunks of their own", () => {
  const before = Array.from({ length: 40 }, (_, i) => `line ${i}\n`).join("");
  const after = before.replace("line 5\n", "").replace("line 30\n", "line 30\nnew\n");
  const diff = unifiedDiff(before, after);
  expect(diff.filter((line) => line.startsWith("@@"))).toEqual(["@@ -3,7 +3,6 @@", "@@ -29,6 +28,7 @@"]);
  expect(patched(before, diff)).toBe(after);
});

test.each([
  ["", "a\nb\n"],
  ["a\nb\n", ""],
  ["a\n", "a\n"],
  ["a\na\nb\n", "a\nb\na\n"],
  ["x\na\nb\nc\n", "a\nb\nc\ny\n"],
])("%j becomes %j", (before, after) => {
  const diff = unifiedDiff(before, after);
  expect(patched(before, diff)).toBe(after);
  expect(diff.length === 0).toBe(before === after);
});

test("of any two texts", () => {
  let seed = 7;
  const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const text = (): string => Array.from({ length: next(30) }, () => `${"abc"[next(3)]}\n`).join("");
  for (let i = 0; i < 300; i++) {
    const [before, after] = [text(), text()];
    expect(patched(before, unifiedDiff(before, after))).toBe(after);
  }
});

test("texts too long to compare line by line are exchanged whole, at once", () => {
  const lines = (word: string): string => Array.from({ length: 5_000 }, (_, i) => `${word} ${i}\n`).join("");
  const diff = unifiedDiff(lines("old"), lines("new"));
  expect(diff).toHaveLength(10_001);
  expect(patched(lines("old"), diff)).toBe(lines("new"));
});
