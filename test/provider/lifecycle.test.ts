import { probeWorkspace, thing } from "./support/probe";
import { unboxed, type Workspace } from "./support/workspace";

jest.setTimeout(120_000);

let workspace: Workspace;
afterEach(() => workspace.remove());

test("a change is made in place: computed values that keep are kept, others are known after apply", async () => {
  workspace = await probeWorkspace(thing(`name = "a"`));
  await workspace.apply();
  workspace.configure(thing(`name = "a"\n text = "b"`));
  const planned = await workspace.plan();
  expect(planned.output).toContain("will be updated in-place");
  expect(planned.output).toMatch(/~ touched\s+= 1 -> \(known after apply\)/);
  expect(planned.output).not.toMatch(/[~+] (either|id|flag) /);
  expect((await workspace.apply()).output).toContain("1 changed");
  expect(await workspace.attributes("probe_thing.a")).toMatchObject({ touched: 2, text: "b", flag: true });
  expect((await workspace.plan()).code).toBe(0);
});

test("a default comes back when the value is taken out, in nested objects too", async () => {
  workspace = await probeWorkspace(thing(`name = "a"\n flag = false\n login = { user = "u", port = 2222 }`));
  await workspace.apply();
  workspace.configure(thing(`name = "a"\n login = { user = "u" }`));
  await workspace.apply();
  expect(await workspace.attributes("probe_thing.a")).toMatchObject({
    flag: true,
    login: { user: "u", port: 22 },
  });
});

test("another name means another object, and says what forces it", async () => {
  workspace = await probeWorkspace(thing(`name = "a"`));
  await workspace.apply();
  workspace.configure(thing(`name = "b"`));
  const { output } = await workspace.plan();
  expect(output).toContain("must be replaced");
  expect(output).toMatch(/name\s+= "a" -> "b" # forces replacement/);
  expect((await workspace.apply()).output).toContain("1 added, 0 changed, 1 destroyed");
});

test("a failed creation records nothing and a failed update keeps the former state", async () => {
  workspace = await probeWorkspace(thing(`name = "a"\n behaviour = "fail"`));
  const failed = await workspace.apply();
  expect(unboxed(failed.output)).toContain("Error: Could not create probe_thing with probe_thing.a");
  expect(failed.output).toContain("no luck");
  await expect(workspace.attributes("probe_thing.a")).rejects.toThrow("not in the state");

  workspace.configure(thing(`name = "a"\n text = "old"`));
  await workspace.apply();
  workspace.configure(thing(`name = "a"\n text = "new"\n behaviour = "fail"`));
  expect((await workspace.apply()).code).toBe(1);
  expect(await workspace.attributes("probe_thing.a")).toMatchObject({ text: "old", behaviour: null });
});

test("an object that is gone for sure is planned anew", async () => {
  workspace = await probeWorkspace(thing(`name = "a"\n behaviour = "vanish"`));
  await workspace.apply();
  const { code, output } = await workspace.plan();
  expect(code).toBe(2);
  expect(output).toContain("will be created");
});

test("private state is kept from operation to operation and seen by no one", async () => {
  workspace = await probeWorkspace(thing(`name = "a"`));
  const env = { PROBE_MARKS: workspace.path("marks") };
  await workspace.apply(env);
  workspace.configure(thing(`name = "a"\n text = "b"`));
  await workspace.apply(env);
  workspace.configure(thing(`name = "a"\n text = "c"`));
  const last = await workspace.apply(env);
  const marks = workspace.read("marks");
  expect(marks).toContain('read with {"created":"by create"}');
  expect(marks).toContain('update with {"created":"by create","changes":1}');
  expect(marks).toContain('update with {"created":"by create","changes":2}');
  expect(last.output).not.toContain("by create");
});

test("a destruction can be refused while it is planned, and otherwise removes the object", async () => {
  workspace = await probeWorkspace(thing(`name = "a"\n behaviour = "protected"`));
  await workspace.apply();
  const refused = await workspace.terraform(["plan", "-destroy"]);
  expect(refused.code).toBe(1);
  expect(refused.output).toContain("Error: Protected");
  workspace.configure(thing(`name = "a"`));
  await workspace.apply();
  expect((await workspace.terraform(["destroy", "-auto-approve"])).output).toContain("1 destroyed");
});

test("an existing object is imported and fits its configuration", async () => {
  workspace = await probeWorkspace(thing(`name = "a"`));
  expect((await workspace.terraform(["import", "probe_thing.a", "a"])).code).toBe(0);
  const { output } = await workspace.plan();
  expect(output).toContain("No changes");
});

describe("a state of an older version", () => {
  const stored = (version: number, attributes: object): string =>
    JSON.stringify({
      version: 4,
      terraform_version: "1.11.4",
      serial: 1,
      lineage: "11111111-1111-1111-1111-111111111111",
      outputs: {},
      resources: [
        {
          mode: "managed",
          type: "probe_thing",
          name: "a",
          provider: 'provider["tests.internal/tests/probe"]',
          instances: [{ schema_version: version, attributes, sensitive_attributes: [] }],
        },
      ],
    });
  const rest = { id: "id of a", either: "mine", touched: 1, flag: true };

  test("is upgraded step by step, and nothing is replaced", async () => {
    workspace = await probeWorkspace(thing(`name = "a"\n amount = 7\n amounts = [7]`));
    workspace.write("terraform.tfstate", stored(0, { ...rest, label: "a", amount: 7, gone: "x" }));
    const { code, output } = await workspace.plan();
    expect(output).toContain("No changes");
    expect(code).toBe(0);
  });

  test("that is newer than the provider is refused", async () => {
    workspace = await probeWorkspace(thing(`name = "a"`));
    workspace.write("terraform.tfstate", stored(3, { ...rest, name: "a" }));
    const { code, output } = await workspace.plan();
    expect(code).toBe(1);
    expect(unboxed(output)).toMatch(/newer/);
  });
});
