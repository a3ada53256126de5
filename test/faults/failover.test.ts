/**
 * Kills of a VM that does not host Pulsar, one after the other, and a rolling reboot, under load. The times that a client notices are printed and
 * written to .cache/failover.json; what decides the test is that everything comes back and nothing acknowledged is lost.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Lab, type Vm } from "../../lab";
import type { Job } from "../../lib/api/wire";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { ROOT } from "../../tools/exec";
import { Deployment } from "../support/deployment";
import { eventually } from "../support/eventually";
import { onlyLong } from "../support/long";
import { onPeer, rootPassword, statusOf } from "../support/peers";
import { Probe } from "../support/probe";

jest.setTimeout(30 * 60_000);

/** Numbers of the VMs to kill; Pulsar is on the second. */
const VICTIMS = [1, 3, 1, 3, 1, 3];
const { describe: rarely } = onlyLong("six kills in a row take a quarter of an hour");

rarely("six kills, and a reboot", () => {
  let centre: DataCentre;
  let password: string;
  const measured: { victim: number; held: string; readMs: number; writeMs: number }[] = [];

  beforeAll(async () => {
    await Lab.remove("failover"); // what a killed run may have left
    centre = await dataCentre({ name: "failover" });
    const deployment = Deployment.create("failover", centre);
    await deployment.synth();
    const { code, output } = await deployment.apply();
    if (code !== 0) throw new Error(output);
    password = await rootPassword(deployment);
  });

  afterAll(async () => {
    mkdirSync(join(ROOT, ".cache"), { recursive: true });
    writeFileSync(join(ROOT, ".cache/failover.json"), JSON.stringify(measured, null, 2));
    await centre.lab.down();
  });

  test.each(VICTIMS.map((victim, i) => [i + 1, victim]))("kill %d: vm%d", async (round, victim) => {
    const { lab } = centre;
    const survivors = lab.vms.filter((vm) => vm.index !== victim);
    const endpoints = survivors.map((vm) => `${vm.address}:19537`);
    const probe = await Probe.start({
      endpoints,
      username: "root",
      password,
      collection: `kill_${round}`,
      replicas: 2,
    });
    await probe.settled(20, 120_000);
    const held = await coordinatorsOn(victim);
    const killedAt = Date.now();
    await lab.kill(lab.vm(victim!));
    await probe.settled(50, 120_000);
    const times = { readMs: probe.outageMs("read", killedAt), writeMs: probe.outageMs("write", killedAt) };
    measured.push({ victim: victim!, held, ...times });
    console.log(`kill ${round}: vm${victim} (${held}): reads ${times.readMs} ms, writes ${times.writeMs} ms`);
    await lab.start(lab.vm(victim!));
    expect(await probe.stop()).toEqual([]);
    await eventually("every component healthy again", 240_000, async () => {
      return (await statusOf(lab, survivors[0]!)).health === "ok";
    });
  });

  test("a rolling reboot of all VMs, each as soon as the job asks for it, loses nothing", async () => {
    const { lab } = centre;
    const endpoints = lab.vms.map((vm) => `${vm.address}:19537`);
    const probe = await Probe.start({
      ...{ endpoints, username: "root", password, collection: "reboots", replicas: 2 },
    });
    await probe.settled(20, 120_000);
    await onPeer(lab, 1, "milvus-onprem reboot --rolling --detach");
    for (const vm of lab.vms) await rebootWhenAsked(vm);
    const ended = async (): Promise<boolean> => !["queued", "running"].includes((await lastReboot(1)).state);
    await eventually("the job's end", 600_000, ended);
    expect(await lastReboot(1)).toMatchObject({ state: "succeeded", steps: { length: 9 } });
    await probe.settled(20, 120_000);
    expect(await probe.stop()).toEqual([]);
  });

  /** A container that plays a VM is killed and started: it cannot do so by itself. */
  async function rebootWhenAsked(vm: Vm): Promise<void> {
    const other = vm.index === 1 ? 2 : 1;
    await eventually(`peer-${vm.index} is to be rebooted`, 600_000, async () => {
      const { detail = "" } = await lastReboot(other);
      return detail === `the reboot of peer-${vm.index}: reboot it now`;
    });
    await centre.lab.kill(vm);
    await centre.lab.start(vm);
  }

  async function lastReboot(peer: number): Promise<Job> {
    const list = await onPeer(centre.lab, peer, "milvus-onprem jobs list --type reboot --output json");
    return (JSON.parse(list) as { jobs: Job[] }).jobs[0]!;
  }

  /** What the victim leads decides how long its loss is noticed. */
  async function coordinatorsOn(victim: number | undefined): Promise<string> {
    const { peers } = await statusOf(centre.lab, centre.lab.vm(2));
    const components = peers.find((p) => p.name === `peer-${victim}`)!.components;
    return components.find((c) => c.name === "coord")?.detail ?? "unknown";
  }
});
