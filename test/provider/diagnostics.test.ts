import { probeWorkspace, thing } from "./support/probe";
import { unboxed, type Workspace } from "./support/workspace";

jest.setTimeout(120_000);

let workspace: Workspace;
afterEach(() => workspace.remove());

test("errors point at the very attribute: in nested lists, in objects, in maps", async () => {
  workspace = await probeWorkspace(
    thing(`
      name = "a"
      behaviour = "refuse"
      tags = { "a.b" = "c" }
      members = [
        { name = "m1" },
        { name = "m2", login = { user = "nobody" } },
      ]`),
  );
  const { code, output } = await workspace.terraform(["plan", "-json"]);
  expect(code).toBe(1);
  const errors = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Message)
    .filter((m) => m.type === "diagnostic" && m.diagnostic?.summary === "Refused")
    .map((m) => `${m.diagnostic?.detail}: ${m.diagnostic?.snippet?.code.trim()}`);
  expect(errors.sort()).toEqual(['a tag: tags = { "a.b" = "c" }', "the second member's user: members = ["]);
});

interface Message {
  type: string;
  diagnostic?: { summary: string; detail: string; snippet?: { code: string } };
}

test("validators speak before anything is planned, with the path in the summary", async () => {
  workspace = await probeWorkspace(
    thing(`
      name = "a"
      behaviour = "invalid"
      members = [{ name = "m", login = { user = "u", port = 70000 } }]`),
  );
  const { code, output } = await workspace.terraform(["validate"]);
  expect(code).toBe(1);
  expect(unboxed(output)).toContain("Error: Invalid behaviour");
  expect(unboxed(output)).toContain("must not be invalid");
  expect(unboxed(output)).toContain("Error: Invalid members.0.login.port");
  expect(unboxed(output)).toContain("70000 is no port");
});

test("attributes that contradict each other are refused at validation", async () => {
  workspace = await probeWorkspace(thing(`name = "a"\n behaviour = "clash"\n text = "x"`));
  const { code, output } = await workspace.terraform(["validate"]);
  expect(code).toBe(1);
  expect(unboxed(output)).toMatch(/Error: Clash with probe_thing.a, .* text = "x"/);
});

test("a warning is shown and stops nothing", async () => {
  workspace = await probeWorkspace(thing(`name = "a"\n behaviour = "warn"`));
  const { code, output } = await workspace.apply();
  expect(code).toBe(0);
  expect(unboxed(output)).toContain("Warning: Watch out with probe_thing.a");
  expect(output).toContain("1 added");
});
