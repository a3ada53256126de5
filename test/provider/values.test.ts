import { probeWorkspace, thing } from "./support/probe";
import { unboxed, type Workspace } from "./support/workspace";

jest.setTimeout(120_000);

const EVERYTHING = `
  name = "a"
  text = "naïve \\"quoted\\" \\n 日本 🚀"
  amount = 0.1
  amounts = [0, -1, 1.5, 9007199254740993, 123456789012345678901234567890, 3.14159265358979323846264338327950288]
  tags = { "a.b" = "c", empty = "" }
  secret = "correct horse"
  login = { user = "root", password = "battery staple" }
  members = [{ name = "m1" }, { name = "m2", login = { user = "u", port = 2222 } }]
`;

let workspace: Workspace;
afterEach(() => workspace.remove());

test("every kind of value arrives and comes back as it was; a plan after the apply is empty", async () => {
  workspace = await probeWorkspace(thing(EVERYTHING));
  const applied = await workspace.apply();
  expect(applied.output).toContain("1 added");
  expect((await workspace.plan()).code).toBe(0);

  const values = await workspace.attributes("probe_thing.a");
  expect(values).toMatchObject({
    text: 'naïve "quoted" \n 日本 🚀',
    amount: 0.1,
    tags: { "a.b": "c", empty: "" },
    flag: true,
    login: { user: "root", port: 22, password: "battery staple" },
    members: [
      { name: "m1", login: null },
      { name: "m2", login: { user: "u", port: 2222, password: null } },
    ],
    either: "mine",
    id: "id of a",
  });
  const state = workspace.read("terraform.tfstate");
  for (const exact of [
    "9007199254740993",
    "123456789012345678901234567890",
    "3.1415926535897932384626433832795",
  ]) {
    expect(state).toContain(exact);
  }
});

test("secrets are shown nowhere: not in a plan, not in an apply, not in the log", async () => {
  workspace = await probeWorkspace(thing(EVERYTHING));
  const planned = await workspace.terraform(["plan"], { TF_LOG: "trace" });
  const applied = await workspace.apply({ TF_LOG: "trace" });
  const changed = await workspace.terraform(["plan", "-var=x=1"]);
  for (const { output } of [planned, applied, changed]) {
    expect(output).not.toContain("correct horse");
    expect(output).not.toContain("battery staple");
  }
  expect(planned.output).toContain("(sensitive value)");
  expect(applied.output).toMatch(/\[INFO\] .*creating a/);
});

test("what is unknown while planning stays unknown and is resolved by the apply", async () => {
  const other = `resource "terraform_data" "x" { input = "later" }\n`;
  const unknown = "terraform_data.x.output";
  workspace = await probeWorkspace(
    other +
      thing(`name = ${unknown}
        either = ${unknown}
        amounts = [1, length(${unknown})]
        tags = { a = ${unknown} }
        login = { user = ${unknown} }
        members = [for i in range(2) : { name = "\${${unknown}}-\${i}" }]`),
  );
  const planned = await workspace.plan();
  expect(planned.code).toBe(2);
  expect(planned.output).toMatch(/\+ user += \(known after apply\)/);
  expect((await workspace.apply()).code).toBe(0);
  expect((await workspace.plan()).code).toBe(0);
  expect(await workspace.attributes("probe_thing.a")).toMatchObject({
    name: "later",
    amounts: [1, 5],
    login: { user: "later", port: 22 },
    members: [{ name: "later-0" }, { name: "later-1" }],
  });
});

test("a data source reads what is known, and waits for what is not", async () => {
  workspace = await probeWorkspace(`
    resource "terraform_data" "x" { input = "hello" }
    data "probe_echo" "now" {
      say = "hi"
      loud = true
    }
    data "probe_echo" "later" { say = terraform_data.x.output }
    output "all" { value = "\${data.probe_echo.now.said} \${data.probe_echo.later.said}" }`);
  const applied = await workspace.apply();
  expect(applied.output).toContain('all = "HI hello"');
});

test("a data source's error names its attribute", async () => {
  workspace = await probeWorkspace(`data "probe_echo" "now" { say = "" }`);
  const { code, output } = await workspace.plan();
  expect(code).toBe(1);
  expect(unboxed(output)).toMatch(
    /Error: Nothing to say with data.probe_echo.now, .* data "probe_echo" "now" \{ say = "" \}/,
  );
});
