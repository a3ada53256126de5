/**
 * A fourth peer that comes and goes while something comes in between: the leader, the peer or terraform is killed, a link is cut, a
 * disk is full. Each time a second apply reaches what the program says. In order, on one lab; npm run test:long alone.
 */
import { Lab, type Vm } from "../../lab";
import type { Job } from "../../lib/api/wire";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { expectDoneAsShown, lastChange, restarted, startedAt } from "../support/changes";
import { Deployment, type Outcome, type Variation } from "../support/deployment";
import { eventually } from "../support/eventually";
import { long, onlyLong } from "../support/long";
import { etcdMembers, onPeer, statusOf } from "../support/peers";

jest.setTimeout(20 * 60_000);

const { describe: rarely } = onlyLong("a join and a departure for each fault take minutes");

const THREE: Variation = {};
const FOUR: Variation = { vms: [1, 2, 3, 4], pools: [[1, 2, 3]], peers: { 4: { roles: ["query"] } } };

let centre: DataCentre;
let lab: Lab;
let deployment: Deployment;

beforeAll(async () => {
  if (!long) return;
  await Lab.remove("membership-faults"); // what a killed run may have left
  centre = await dataCentre({ name: "membership-faults", vms: 4, dataDiskMiB: 12 * 1024 });
  ({ lab } = centre);
  deployment = Deployment.create("membership-faults", centre);
  await deployment.synth(THREE);
  expect((await deployment.apply()).output).toContain("Apply complete!");
});

afterAll(() => lab?.down());

const vmOf = (peer: string): Vm => lab.vms.find(({ index }) => peer === `peer-${index}`)!;
const applied = (outcome: Outcome): void =>
  expect(outcome).toEqual({ code: 0, output: expect.stringContaining("Apply complete!") });

/** Applies a program until a step of its change has begun, and does something then. */
async function interrupted(
  variation: Variation,
  step: string,
  fault: (job: Job, terraform: number) => Promise<unknown>,
): Promise<{ outcome: Outcome; job: Job }> {
  const earlier = (await lastChange(lab).catch(() => undefined))?.id;
  await deployment.synth(variation);
  const { child, outcome } = deployment.start("apply", "-input=false", "-no-color", "-auto-approve");
  let job: Job | undefined;
  await eventually(`"${step}" has begun`, 180_000, async () => {
    job = await lastChange(lab).catch(() => undefined);
    if (job === undefined || job.id === earlier) return false;
    return job.steps.some(({ name, state }) => name === step && state !== "pending");
  });
  await fault(job!, child.pid!);
  return { outcome: await outcome, job: job! };
}

/** It has what the program says, and neither the job nor a second one has started a container anew elsewhere. */
async function reached(variation: Variation, before: Record<string, string>): Promise<void> {
  const count = variation.vms?.length ?? 3;
  expect((await deployment.plan("-detailed-exitcode")).code).toBe(0);
  expect(await etcdMembers(lab)).toEqual(["peer-1", "peer-2", "peer-3", "peer-4"].slice(0, count));
  expect(restarted(before, await startedAt(lab, [1, 2, 3]))).toEqual([]);
  await eventually("all is well", 240_000, async () => (await statusOf(lab, lab.vm(1))).health === "ok");
}

const killDaemon = async ({ owner }: Job): Promise<unknown> =>
  onPeer(lab, vmOf(owner!.peer).index, "docker kill milvus-onprem && docker start milvus-onprem");
const applies = async (variation: Variation): Promise<void> => {
  await deployment.synth(variation);
  applied(await deployment.apply());
};
/** Who has left keeps its data, and may not come again with that of etcd. */
const leaves = async (): Promise<void> => {
  await applies(THREE);
  await onPeer(lab, 4, "rm -rf /var/lib/milvus-onprem/etcd");
};

/** What is left of a peer that has no place is its daemon. */
const letsGo = (): Promise<void> =>
  eventually("nothing of the cluster runs there", 240_000, async () => {
    return (await onPeer(lab, 4, "docker ps -q --filter label=com.docker.compose.project=milvus")) === "";
  });

rarely("a join", () => {
  let before: Record<string, string>;
  beforeEach(async () => {
    before = await startedAt(lab, [1, 2, 3]);
  });
  afterEach(leaves);

  test.each(["admit peer-4", "joinEtcd peer-4", "start peer-4", "write"])(
    "goes on when the leader's daemon is killed once %s has begun",
    async (step) => {
      const { outcome } = await interrupted(FOUR, step, killDaemon);
      applied(outcome);
      await expectDoneAsShown(lab, deployment);
      await reached(FOUR, before);
    },
  );

  test("goes on without terraform, and the next apply finds it done", async () => {
    const { job } = await interrupted(FOUR, "joinEtcd peer-4", async (_, pid) =>
      process.kill(-pid, "SIGKILL"),
    );
    await eventually("the job has ended", 300_000, async () => (await lastChange(lab)).state === "succeeded");
    applied(await deployment.apply());
    expect((await lastChange(lab)).id).toBe(job.id);
    await reached(FOUR, before);
  });

  test.each(["admit peer-4", "joinEtcd peer-4", "start peer-4"])(
    "stops when the peer dies once %s has begun, and is made whole by another apply once it is back",
    async (step) => {
      const { outcome } = await interrupted(FOUR, step, () => lab.kill(lab.vm(4)));
      expect(outcome.code).toBe(1);
      expect(outcome.output).toMatch(/The change was stopped at: /);
      await onPeer(lab, 1, "milvus-onprem smoke");
      await lab.start(lab.vm(4));
      applied(await deployment.apply());
      await expectDoneAsShown(lab, deployment);
      await reached(FOUR, before);
    },
  );

  test("is taken back where the peer never comes back", async () => {
    const { outcome } = await interrupted(FOUR, "start peer-4", () => lab.kill(lab.vm(4)));
    expect(outcome.code).toBe(1);
    await applies(THREE);
    await reached(THREE, before);
    await lab.start(lab.vm(4));
    await letsGo();
  });

  test("outlives a link between the leader and the peer that is cut for a while", async () => {
    const { outcome } = await interrupted(FOUR, "joinEtcd peer-4", async ({ owner }) => {
      await lab.partition(lab.vm(4), [vmOf(owner!.peer)]);
      await onPeer(lab, 1, "milvus-onprem smoke");
      await lab.heal(lab.vm(4));
    });
    if (outcome.code !== 0) applied(await deployment.apply());
    await reached(FOUR, before);
  });
});

rarely("a departure", () => {
  let before: Record<string, string>;
  beforeEach(async () => {
    await applies(FOUR);
    before = await startedAt(lab, [1, 2, 3]);
  });
  afterEach(leaves);

  test.each(["stop peer-4", "leaveEtcd peer-4", "dismiss peer-4"])(
    "goes on when the leader's daemon is killed once %s has begun",
    async (step) => {
      const { outcome } = await interrupted(THREE, step, killDaemon);
      applied(outcome);
      await expectDoneAsShown(lab, deployment);
      await reached(THREE, before);
    },
  );

  test("goes on without terraform, and the next apply finds it done", async () => {
    await interrupted(THREE, "stop peer-4", async (_, pid) => process.kill(-pid, "SIGKILL"));
    await eventually("the job has ended", 300_000, async () => (await lastChange(lab)).state === "succeeded");
    applied(await deployment.apply());
    await reached(THREE, before);
  });

  test.each(["stop peer-4", "leaveEtcd peer-4"])(
    "goes on when the peer dies once %s has begun, which lets go of everything when it is back",
    async (step) => {
      const { outcome } = await interrupted(THREE, step, () => lab.kill(lab.vm(4)));
      await lab.start(lab.vm(4));
      if (outcome.code !== 0) applied(await deployment.apply());
      await reached(THREE, before);
      await letsGo();
    },
  );

  test.each(["stop peer-4", "leaveEtcd peer-4"])(
    "outlives a link between the leader and the peer that is cut until the leader notices, once %s has begun",
    async (step) => {
      const { outcome } = await interrupted(THREE, step, async ({ owner }) => {
        const leader = vmOf(owner!.peer);
        await lab.partition(lab.vm(4), [leader]);
        await eventually("the leader notices", 60_000, async () => {
          return !(await statusOf(lab, leader)).peers.some((p) => p.name === "peer-4" && p.reachable);
        });
        await lab.heal(lab.vm(4));
      });
      if (outcome.code !== 0) applied(await deployment.apply());
      await reached(THREE, before);
      await letsGo();
    },
  );
});

rarely("a full disk", () => {
  test("stops a change before it touches anything, and another apply makes it once there is room", async () => {
    const vm = lab.vm(3);
    const before = await startedAt(lab, [1, 2, 3]);
    await lab.fillDisk(vm, "/var/lib/milvus-onprem");
    await deployment.synth({ cluster: { config: { "queryNode.stats.publishInterval": 2000 } } });
    const { code, output } = await deployment.apply();
    expect(code).toBe(1);
    expect(output).toContain("peer-3");
    const after = await startedAt(lab, [1, 2, 3]);
    expect(restarted(before, after).filter((name) => name === "querynode")).toEqual([]);
    await onPeer(lab, 1, "milvus-onprem smoke");
    await lab.freeDisk(vm, "/var/lib/milvus-onprem");
    await eventually("all is well", 300_000, async () => (await statusOf(lab, lab.vm(1))).health === "ok");
    applied(await deployment.apply());
    await expectDoneAsShown(lab, deployment);
  });
});
