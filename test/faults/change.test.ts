/**
 * Changes that something comes in between of: the leader or a peer dies, terraform is killed, an image is missing on one peer, a
 * component is sick, a colleague changes the cluster, too. Each time a second apply reaches what the program says. In order, on one lab; npm run test:long alone, for each is an upgrade.
 */
import { readFileSync } from "node:fs";
import { MilvusVersion } from "../../constructs";
import { Lab } from "../../lab";
import type { Job } from "../../lib/api/wire";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { changes, expectDoneAsShown, lastChange, restarted, startedAt } from "../support/changes";
import { Deployment, type Variation } from "../support/deployment";
import { eventually } from "../support/eventually";
import { long, onlyLong } from "../support/long";
import { onPeer, statusOf } from "../support/peers";

jest.setTimeout(20 * 60_000);

const { describe: rarely } = onlyLong("an upgrade for each fault takes minutes");

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

/**
 * These jobs together have seen to every container of a role, and made none anew twice. A daemon that is killed takes the last line of
 * its log along: its successor then finds that container to be so already.
 */
async function anewOnce(ids: readonly string[], service: string): Promise<void> {
  // The command ends as the job does: one that failed has a log, too.
  const logs = await Promise.all(ids.map((id) => onPeer(lab, 1, `milvus-onprem jobs logs ${id} || true`)));
  const told = (what: string): string[] =>
    logs
      .join("\n")
      .split("\n")
      .flatMap((line) => new RegExp(`(peer-\\d): ${service} ${what}$`).exec(line)?.[1] ?? [])
      .sort();
  const [anew, already] = [told("was made anew"), told("is so already")];
  expect(anew).toEqual([...new Set(anew)]);
  expect([...new Set([...anew, ...already])].sort()).toEqual(["peer-1", "peer-2", "peer-3"]);
}

rarely("a change", () => {
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
      await anewOnce([id], step.split(" ")[1]!);
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

  test("stops before anything is touched where one peer cannot have the image", async () => {
    await deployment.synth(await other());
    const vm = lab.vm(2);
    const milvus = "docker images --format '{{.Repository}}:{{.Tag}}' | grep milvusdb/milvus:";
    // What runs cannot be removed; what the other version is made of can.
    await onPeer(lab, 2, `${milvus} | xargs -n 1 docker rmi 2>/dev/null; true`);
    await lab.partition(vm, [{ address: lab.registry.split(":")[0]! }]);
    const before = await startedAt(lab, [1, 2, 3]);
    const { code, output } = await deployment.apply();
    expect(code).toBe(1);
    expect(output.replace(/[│╷╵\s]+/g, " ")).toMatch(/The change was stopped at: pull .* on .*peer-2/);
    expect(restarted(before, await startedAt(lab, [1, 2, 3]))).toEqual([]);
    await lab.heal(vm);
    expect((await deployment.apply()).output).toContain("Apply complete!");
    await expectDoneAsShown(lab, deployment);
  });

  test("stops where a peer dies during it, and goes on by another apply once that one is back", async () => {
    await deployment.synth(await other());
    const { outcome } = deployment.start("apply", "-input=false", "-no-color", "-auto-approve");
    const { id, owner } = await running("restart querynode");
    const vm = lab.vms.find(({ index }) => owner!.peer !== `peer-${index}` && index !== 2)!;
    await lab.kill(vm);
    const { code, output } = await outcome;
    expect(output).toMatch(/The change was stopped at: restart /);
    expect(code).toBe(1);
    await lab.start(vm);
    await eventually("all is well", 240_000, async () => (await statusOf(lab, lab.vm(2))).health === "ok");
    expect((await deployment.apply()).output).toContain("Apply complete!");
    await anewOnce([id, (await lastChange(lab)).id], "coord");
    await expectDoneAsShown(lab, deployment);
  });

  test("to an image that does not work stops at the first peer, the cluster serves on, and the old values bring it back", async () => {
    const { cluster } = await statusOf(lab, lab.vm(1));
    const now = cluster!.version === "v2.3.4" ? OLD : NEW;
    const { images } = JSON.parse(readFileSync(centre.inventory, "utf8")) as { images: { nginx: string } };
    const before = await startedAt(lab, [1, 2, 3]);
    await deployment.synth({ cluster: { ...now.cluster, images: { ...images, milvus: images.nginx } } });
    const { code, output } = await deployment.apply();
    expect(code).toBe(1);
    expect(output).toMatch(/The change was stopped at: restart coord/);
    expect(output.replace(/[│╷╵\s]+/g, " ")).toContain(
      "Apply again to go on from there, or put the old values back",
    );
    expect(restarted(before, await startedAt(lab, [1, 2, 3]))).toEqual([]);
    await onPeer(lab, 1, "milvus-onprem smoke");
    await deployment.synth(now);
    const planned = (await deployment.plan()).output;
    expect(planned).toMatch(/A change of cluster .* has not ended/);
    expect(planned).toMatch(/\+ "restart coord on peer-1, peer-2, peer-3/);
    expect((await deployment.apply()).output).toContain("Apply complete!");
    expect(restarted(before, await startedAt(lab, [1, 2, 3]))).toEqual(["coord"]);
    await expectDoneAsShown(lab, deployment);
  });

  test.each(["resume", "rollback"])(
    "that has stopped where a peer died is ended on any peer, without terraform, by milvus-onprem %s",
    async (command) => {
      const was = (await statusOf(lab, lab.vm(1))).cluster!.version;
      const wanted = await other();
      await deployment.synth(wanted);
      const { outcome } = deployment.start("apply", "-input=false", "-no-color", "-auto-approve");
      const { owner } = await running("restart querynode");
      const vm = lab.vms.find(({ index }) => owner!.peer !== `peer-${index}` && index !== 2)!;
      await lab.kill(vm);
      expect((await outcome).code).toBe(1);
      await lab.start(vm);
      await eventually("all is well", 240_000, async () => (await statusOf(lab, lab.vm(2))).health === "ok");
      const shown = await onPeer(lab, 2, `milvus-onprem ${command} --dry-run`);
      await onPeer(lab, 2, `milvus-onprem ${command}`, 600_000);
      const { state, steps } = await lastChange(lab);
      expect(steps.map(({ title }, i) => `${i + 1}. ${title}`).join("\n")).toBe(shown);
      expect(state).toBe("succeeded");
      const { cluster } = await statusOf(lab, lab.vm(2));
      expect(cluster!.version === was).toBe(command === "rollback");
      expect((await deployment.plan("-detailed-exitcode")).code).toBe(command === "rollback" ? 2 : 0);
      await onPeer(lab, 3, "milvus-onprem smoke");
    },
  );

  test("outlives a link between the leader and a peer that is cut until the leader notices", async () => {
    await deployment.synth(await other());
    const { outcome } = deployment.start("apply", "-input=false", "-no-color", "-auto-approve");
    const { id, owner } = await running("restart querynode");
    const leader = lab.vms.find((vm) => owner!.peer === `peer-${vm.index}`)!;
    const far = lab.vms.find((vm) => vm !== leader && vm.index !== 2)!;
    await lab.partition(far, [leader]);
    await eventually("the leader notices", 60_000, async () => {
      const { peers } = await statusOf(lab, leader);
      return peers.some(({ name, reachable }) => name === `peer-${far.index}` && !reachable);
    });
    await lab.heal(far);
    const { code, output } = await outcome;
    await eventually("all is well", 240_000, async () => (await statusOf(lab, leader)).health === "ok");
    if (code !== 0) {
      expect(output).toMatch(/The change was stopped at: /);
      expect((await deployment.apply()).output).toContain("Apply complete!");
    }
    await anewOnce([...new Set([id, (await lastChange(lab)).id])], "querynode");
    await expectDoneAsShown(lab, deployment);
  });

  test("is made once where two apply it at the same time", async () => {
    const variation = await other();
    const colleague = deployment.fork("change-faults-2");
    await Promise.all([deployment.synth(variation), colleague.synth(variation)]);
    for (const { code, output } of await Promise.all([deployment.apply(), colleague.apply()])) {
      expect(output).toContain("Apply complete!");
      expect(code).toBe(0);
    }
    await anewOnce(
      (await changes(lab)).slice(0, 2).map(({ id }) => id),
      "coord",
    );
    for (const one of [deployment, colleague]) expect((await one.plan("-detailed-exitcode")).code).toBe(0);
  });

  test("is refused with the difference where a colleague was faster", async () => {
    const { cluster } = await other();
    const colleague = deployment.fork("change-faults-2");
    await colleague.synth({ cluster: { ...cluster, config: { "queryNode.stats.publishInterval": 2000 } } });
    await colleague.must("plan", "-input=false", "-no-color", "-out=late.tfplan");
    await deployment.synth({ cluster });
    expect((await deployment.apply()).output).toContain("Apply complete!");
    const before = await startedAt(lab, [1, 2, 3]);
    const { code, output } = await colleague.apply("late.tfplan");
    expect(code).toBe(1);
    const said = output.replace(/[│╷╵\s]+/g, " ");
    expect(said).toMatch(
      /the cluster has changed since this was planned: generation \d+ is in force \(.*image: /,
    );
    expect(restarted(before, await startedAt(lab, [1, 2, 3]))).toEqual([]);
    expect((await deployment.plan("-detailed-exitcode")).code).toBe(0);
  });
});
