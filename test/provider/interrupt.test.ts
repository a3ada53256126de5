import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { probeWorkspace, thing } from "./support/probe";
import { unboxed, type Workspace } from "./support/workspace";

jest.setTimeout(120_000);

let workspace: Workspace;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  workspace = await probeWorkspace(thing(`name = "a"\n behaviour = "slow"`));
  env = { PROBE_MARKS: workspace.path("marks") };
});
afterEach(() => workspace.remove());

test("Ctrl-C cancels what runs, and the next apply starts from a clean state", async () => {
  const run = workspace.start(["apply", "-auto-approve"], env);
  await marked("waiting");
  process.kill(-(run.process.pid as number), "SIGINT"); // the whole process group, as a terminal does
  const { code, output } = await run.ended;
  expect(code).toBe(1);
  expect(unboxed(output)).toContain("Error: Could not create probe_thing");
  expect(workspace.read("marks")).toContain("cancelled");

  workspace.configure(thing(`name = "a"`));
  expect((await workspace.apply()).output).toContain("1 added");
});

test("kill -9 of terraform ends the provider's work; the next apply goes on from the recorded state", async () => {
  const run = workspace.start(["apply", "-auto-approve", "-lock=false"], env);
  await marked("waiting");
  run.process.kill("SIGKILL");
  await run.ended;
  await marked("cancelled");
  workspace.configure(thing(`name = "a"`));
  const again = await workspace.terraform(["apply", "-auto-approve", "-lock=false"]);
  expect(again.output).toContain("1 added");
});

async function marked(what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!existsSync(workspace.path("marks")) || !workspace.read("marks").includes(what)) {
    if (Date.now() > deadline) throw new Error(`the provider did not say "${what}" within 60 s`);
    await sleep(50);
  }
}
