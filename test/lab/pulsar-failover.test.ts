/** Pulsar begins elsewhere by itself once its host is gone, and the host finds its place when it is back. The tests build on each other in order. */
import { Lab } from "../../lab";
import { docker } from "../../lab/run";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { lastChange } from "../support/changes";
import { Deployment } from "../support/deployment";
import { eventually } from "../support/eventually";
import { KeptRows, range } from "../support/kept-rows";
import { long, onlyLong } from "../support/long";
import { onPeer, statusOf } from "../support/peers";

jest.setTimeout(20 * 60_000);

const { describe: rarely } = onlyLong("a cluster of its own that is left to itself takes minutes");
const ROWS = 3_000;
const AFTER_S = 90;
const HOST = 2;

let centre: DataCentre;
let deployment: Deployment;
let rows: KeptRows;

beforeAll(async () => {
  if (!long) return;
  await Lab.remove("pulsar-failover"); // what a killed run may have left
  centre = await dataCentre({ name: "pulsar-failover", vms: 3 });
  deployment = Deployment.create("pulsar-failover", centre);
  await deployment.synth({ pulsarFailover: { vm: 3, afterSeconds: AFTER_S } });
  expect((await deployment.apply()).output).toContain("Apply complete!");
  rows = new KeptRows(centre.lab, deployment);
});

afterAll(async () => {
  if (long) await (await Lab.attach("pulsar-failover")).down();
});

/** How Pulsar is on a VM, asked past its network: "running", "exited", or "" where it is not. */
async function pulsarOn(vm: number): Promise<string> {
  const { container } = centre.lab.vm(vm);
  const ask = ["ps", "-a", "--filter", "name=milvus-pulsar", "--format", "{{.State}}"];
  return (await docker("exec", container, "docker", ...ask)).trim();
}

async function insertEventually(vm: number, from: number, count: number): Promise<void> {
  const written = (): Promise<boolean> =>
    rows.insert(vm, from, count).then(
      () => true,
      () => false,
    );
  await eventually(`writes through vm${vm}`, 180_000, written, 2_000);
}

/** Right after roles have come and gone a read may find no replica; what it finds then must be all. */
async function finds(vm: number, expr: string, ids: number[]): Promise<void> {
  const found = (): Promise<number[]> => rows.found(vm, expr).catch(() => []);
  const isAll = async (): Promise<boolean> => (await found()).length >= ids.length;
  await eventually(`${ids.length} rows are found through vm${vm}`, 120_000, isAll, 2_000);
  expect(await rows.found(vm, expr)).toEqual(ids);
}

rarely("a host of Pulsar that may be given up without being asked", () => {
  test("kills its Pulsar while it is cut off, and loses nothing when it is back in time", async () => {
    const { lab } = centre;
    await rows.create(1);
    await rows.insert(1, 0, ROWS);
    await rows.flush(1);
    await rows.insert(1, ROWS, 100);
    await lab.partition(lab.vm(HOST));
    await eventually("its Pulsar is killed", 30_000, async () => (await pulsarOn(HOST)) === "exited", 500);
    await lab.heal(lab.vm(HOST));
    await eventually("its Pulsar runs again", 60_000, async () => (await pulsarOn(HOST)) === "running", 500);
    await insertEventually(1, ROWS + 100, 100);
    await finds(3, "id >= 0", range(0, ROWS + 200));
    expect((await lastChange(lab))?.state).toBeUndefined();
  });

  test("comes up after a reboot of its VM though Docker does not start it", async () => {
    const { lab } = centre;
    await lab.kill(lab.vm(HOST));
    await lab.start(lab.vm(HOST));
    await eventually("Pulsar runs", 120_000, async () => (await pulsarOn(HOST)) === "running", 1_000);
    await insertEventually(1, ROWS + 200, 100);
    await rows.flush(1);
  });

  test("is given up after the time that was said: all flushed rows stay, and writes go on", async () => {
    const { lab } = centre;
    await lab.kill(lab.vm(HOST));
    const from = Date.now();
    const moved = async (): Promise<boolean> => {
      const job = await lastChange(lab).catch(() => undefined);
      if (job?.state === "failed") throw new Error(job.error ?? "");
      return job?.state === "succeeded";
    };
    await eventually("Pulsar begins elsewhere", 600_000, moved, 2_000);
    console.log(
      `begun ${Math.round((Date.now() - from) / 1000)} s after the power cut (${AFTER_S} s of it as asked)`,
    );
    expect(await pulsarOn(3)).toBe("running");
    for (const vm of [1, 3]) await insertEventually(vm, 10_000 + vm * 100, 100);
    const all = [...range(0, ROWS + 300), ...range(10_100, 100), ...range(10_300, 100)];
    await finds(1, "id >= 0", all);
    await finds(3, "id >= 0", all);
    const logs = await onPeer(lab, 1, "docker logs milvus-onprem 2>&1; true");
    const others = await onPeer(lab, 3, "docker logs milvus-onprem 2>&1; true");
    expect(logs + others).toContain("PULSAR_FAILOVER_ALERT node=peer-2 component=pulsar to=peer-3");
  });

  test("goes by that when it is back: its old Pulsar takes no write, and it serves with the others", async () => {
    const { lab } = centre;
    await lab.start(lab.vm(HOST));
    await eventually("it has caught up", 300_000, async () => (await pulsarOn(HOST)) === "", 1_000);
    await insertEventually(HOST, 20_000, 100);
    await finds(1, "id >= 20000", range(20_000, 100));
    await eventually("the cluster is whole", 180_000, async () => {
      return (await statusOf(lab, lab.vm(1))).health === "ok";
    });
    await onPeer(lab, HOST, "milvus-onprem smoke");
    expect(await onPeer(lab, HOST, "ls /var/lib/milvus-onprem")).toContain("pulsar.moved");
  });

  test("once the program names the new host, nothing is left to plan; failover is asked for anew", async () => {
    await deployment.synth({ pulsarVm: 3 });
    expect((await deployment.apply()).output).toContain("Apply complete!");
    expect((await deployment.plan("-detailed-exitcode")).code).toBe(0);
    await deployment.synth({ pulsarVm: 3, pulsarFailover: { vm: HOST, afterSeconds: AFTER_S } });
    const { code, output } = await deployment.apply();
    expect(output).toContain("Apply complete!");
    expect(code).toBe(0);
    expect((await statusOf(centre.lab, centre.lab.vm(1))).health).toBe("ok");
  });
});
