import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { createProgram } from "../../../lib/cli/main";

const ROOT = join(__dirname, "../../..");
const text = readFileSync(join(ROOT, "docs/cli.md"), "utf8");
const byHand = readFileSync(join(ROOT, "docs/by-hand.md"), "utf8");
/** Told of once, for all commands. */
const COMMON = new Set(["--output", "--context", "--ssh", "--identity-file", "--host-key", "--detach"]);

/** Their options are in docs/by-hand.md. */
const BY_HAND = ["init", "join", "preflight", "teardown"];

/** Text below each heading of a command, to the next heading. */
const sections = new Map(
  text
    .split(/^#{2,3} /m)
    .map((part): [string, string] => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n"))]),
);

/** Commands that do something, by their words. */
function leaves(command: Command, path: string[] = []): [string, Command][] {
  if (command.commands.length === 0) return [[path.join(" "), command]];
  return command.commands.flatMap((c) => leaves(c, [...path, c.name()]));
}
const commands = leaves(createProgram());

test.each(commands)("docs/cli.md has a heading for `%s` and names its options", (path, command) => {
  const section = sections.get(path);
  expect(section).toBeDefined();
  const told = BY_HAND.includes(path) ? section + byHand : section!;
  const options = command.options.map((o) => o.long!).filter((long) => !COMMON.has(long));
  expect(options.filter((long) => !told.includes(long))).toEqual([]);
});

test("what all commands have in common is told of", () => {
  for (const option of COMMON) expect(text).toContain(option);
});

test("every command but those that run something else prints JSON", () => {
  const without = commands.filter(([, c]) => !c.options.some((o) => o.long === "--output"));
  expect(without.map(([path]) => path)).toEqual(["daemon", "wrapper"]);
});
