/**
 * Changes that something comes in between of: the leader dies, terraform is killed, an image is missing on one peer, a component is
 * sick. Each time a second apply reaches what the program says. In order, on one lab; npm run test:long alone, for each is an upgrade.
 */
import { MilvusVersion } from "../../constructs";
import { Lab } from "../../lab";
import type { Job } from "../../lib/api/wire";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { expectDoneAsShown, lastChange } from "../support/changes";
import { Deployment, type Variation } from "../support/deployment";
import { eventually } from "../support/eventually";
import { onPeer, statusOf } from "../support/peers";

jest.setTimeout(20 * 60_000);

const long = process.env.MILVUS_ONPREM_LONG === "1";
if (!long) console.log("skipped: an upgrade for each fault takes minutes; npm run test:long runs it");

const OLD: Variation = { cluster: { version: MilvusVersion.of("v2.3.4") } };
const NEW: Variation = { cluster: { version: MilvusVersion.of("v2.3.5") } };

let centre: DataCentre;
let lab: Lab;
let deployment: Deployment;

beforeAll(async () => {
  if (!long) return;
  await Lab.remove("change-faults"); // what a killed run may have left
  centre = await dataCentre({ name: "change-faults" });
  ({ lab } = centre);
  deployment = Deployment.create("change-faults", centre);
  await deployment.synth(OLD);
  expect((await deployment.apply()).output).toContain("Apply complete!");
});

afterAll(() => lab?.down());

/** The version that the cluster does not have: each test has something to change. */
async function other(): Promise<Variation> {
  const { cluster } = await statusOf(lab, lab.vm(1));
  return cluster!.version === "v2.3.4" ? NEW : OLD;
}

/** Waits until a step of the change runs. */
async function running(step: string): Promise<Job> {
  let job: Job | undefined;
  await eventually(`"${step}" runs`, 180_000, async () => {
    job = await lastChange(lab);
    return (
      job.state === "running" && job.steps.some(({ name, state }) => name === step && state === "running")
    );
  });
  return job!;
}

/** Every container of a role was made anew exactly once. */
async function anewOnce(id: string, service: string): Promise<void> {
  const log = await onPeer(lab, 1, `milvus-onprem jobs logs ${id}`);
  const lines = log.split("\n").filter((line) => line.endsWith(`${service} was made anew`));
  expect(lines.map((line) => line.slice(9)).sort()).toEqual(
    [1, 2, 3].map((n) => `peer-${n}: ${service} was made anew`),
  );
}

(long ? describe : describe.skip)("a change", () => {
  test.each(["restart coord", "restart querynode", "restart proxy"])(
    "goes on when the leader's daemon is killed during %s, and nothing is done twice",
    async (step) => {
      await deployment.synth(await other());
      const { outcome } = deployment.start("apply", "-input=false", "-no-color", "-auto-approve");
      const { id, owner } = await running(step);
      const leader = lab.vms.find((vm) => owner!.peer === `peer-${vm.index}`)!;
      await onPeer(lab, leader.index, "docker kill milvus-onprem && docker start milvus-onprem");
      const { code, output } = await outcome;
      expect(output).toContain("Apply complete!");
      expect(code).toBe(0);
      expect((await lastChange(lab)).attempts).toBeGreaterThan(1);
      await anewOnce(id, step.split(" ")[1]!);
      await expectDoneAsShown(lab, deployment);
    },
  );

  test("goes on without terraform, and the next apply finds it done", async () => {
    await deployment.synth(await other());
    const { child, outcome } = deployment.start("apply", "-input=false", "-no-color", "-auto-approve");
    await running("restart indexnode");
    process.kill(-child.pid!, "SIGKILL");
    await outcome;
    await eventually("the job has ended", 300_000, async () => (await lastChange(lab)).state === "succeeded");
    expect((await deployment.apply()).output).toContain("Apply complete!");
    expect((await deployment.plan("-detailed-exitcode")).code).toBe(0);
  });

  test("is refused while a component is sick, and changes nothing", async () => {
    await onPeer(lab, 2, "docker stop milvus-indexnode");
    await deployment.synth(await other());
    const { code, output } = await deployment.apply();
    expect(code).toBe(1);
    expect(output.replace(/[│╷╵\s]+/g, " ")).toContain(
      "the cluster is not whole: indexnode on peer-2 is stopped",
    );
    await onPeer(lab, 2, "docker start milvus-indexnode");
    await eventually("all is well", 120_000, async () => (await statusOf(lab, lab.vm(1))).health === "ok");
    expect((await deployment.apply()).output).toContain("Apply complete!");
  });
});
