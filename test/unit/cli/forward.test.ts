import { forwarded } from "../../../lib/cli/forward";
import { createProgram } from "../../../lib/cli/main";
import type { Command } from "commander";

/** What a peer is asked to run for a command line here; the command itself does not run. */
function remote(...argv: string[]): string[] {
  const program = createProgram();
  let found: string[] = [];
  const note = (command: Command): void => {
    command.action(() => void (found = forwarded(command)));
    command.commands.forEach(note);
  };
  program.commands.forEach((c) => (c.commands.length > 0 ? c.commands.forEach(note) : note(c)));
  program.parse(argv, { from: "user" });
  return found;
}

test.each([
  [["smoke", "--ssh", "a@b", "--identity-file", "k", "--host-key", "h"], ["smoke"]],
  [
    ["status", "-o", "json", "--ssh", "a@b"],
    ["status", "--output", "json"],
  ],
  [
    ["jobs", "show", "--ssh", "a@b", "7"],
    ["jobs", "show", "7"],
  ],
  [
    ["logs", "proxy", "--peer", "peer-2", "-f", "--tail", "5", "--ssh", "a@b"],
    ["logs", "--peer", "peer-2", "--follow", "--tail", "5", "proxy"],
  ],
  [
    ["wait", "--timeout", "2m", "--ssh", "a@b"],
    ["wait", "--timeout", "120"],
  ],
  [
    ["maintenance", "--apply", "--ssh", "a@b"],
    ["maintenance", "--apply"],
  ],
])("%j is %j on the peer", (argv, there) => {
  expect(remote(...argv)).toEqual(there);
});

test("no option takes a secret: whoever lists processes sees arguments", () => {
  const options = (c: Command): string[] => [
    ...c.options.filter((o) => o.required || o.optional).map((o) => o.long!),
    ...c.commands.flatMap(options),
  ];
  const secretive = options(createProgram()).filter((o) => /token|password|secret|key/.test(o));
  expect(secretive.filter((o) => !/file|host-key/.test(o))).toEqual([]);
});
