import { probeWorkspace, thing } from "./support/probe";
import { unboxed, type Workspace } from "./support/workspace";

jest.setTimeout(120_000);

let workspace: Workspace;
afterEach(() => workspace.remove());

test("errors point at the element that they are about: of a list, of a map, in an object", async () => {
  const paths = [
    ["tags", "a.b"],
    ["members", 1],
    ["members", 1, "login", "user"],
    ["login", "user"],
  ];
  workspace = await probeWorkspace(
    thing(`
      name = "a"
      behaviour = "refuse"
      text = jsonencode(${JSON.stringify(paths)})
      tags = { "a.b" = "c" }
      login = { user = "root" }
      members = [
        { name = "m1" },
        { name = "m2", login = { user = "nobody" } },
      ]`),
  );
  const { code, output } = await workspace.terraform(["plan", "-json"]);
  expect(code).toBe(1);
  const shown = output
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as Message).diagnostic)
    .filter((d) => d?.summary === "Refused")
    .map((d) => [d?.detail, d?.snippet?.code.trim()]);
  expect(Object.fromEntries(shown)).toEqual({
    "tags a.b": 'tags = { "a.b" = "c" }',
    "members 1": '{ name = "m2", login = { user = "nobody" } },',
    "members 1 login user": '{ name = "m2", login = { user = "nobody" } },',
    "login user": 'login = { user = "root" }',
  });
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
