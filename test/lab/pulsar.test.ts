/** Pulsar moves from one VM to another one by an edit of the program, with what it holds. The tests build on each other in order. */
import { Lab } from "../../lab";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { Deployment } from "../support/deployment";
import { eventually } from "../support/eventually";
import { long, onlyLong } from "../support/long";
import { onPeer, rootPassword, statusOf } from "../support/peers";
import { Probe } from "../support/probe";
import { expectDoneAsShown, restarted, startedAt } from "../support/changes";

jest.setTimeout(20 * 60_000);

const { describe: rarely } = onlyLong("a cluster of its own and two moves take minutes");

let centre: DataCentre;
let deployment: Deployment;

beforeAll(async () => {
  if (!long) return;
  await Lab.remove("pulsar"); // what a killed run may have left
  centre = await dataCentre({ name: "pulsar", vms: 3 });
  deployment = Deployment.create("pulsar", centre);
  await deployment.synth();
  expect((await deployment.apply()).output).toContain("Apply complete!");
});

afterAll(async () => {
  if (long) await (await Lab.attach("pulsar")).down();
});

const started = (): Promise<Record<string, string>> => startedAt(centre.lab, [1, 2, 3]);
/** VMs on which a container of Pulsar is, running or not. */
const hosts = (after: Record<string, string>): string[] =>
  Object.keys(after).filter((name) => name.startsWith("pulsar "));

/** Moves Pulsar while clients insert and search through every load balancer: nothing that was acknowledged may be lost. */
async function movedUnderLoad(pulsarVm: number, collection: string): Promise<void> {
  const endpoints = centre.lab.vms.map(({ address }) => `${address}:19537`);
  const password = await rootPassword(deployment);
  const clients = await Probe.start({ endpoints, username: "root", password, collection, replicas: 2 });
  await clients.settled(20, 120_000);
  const before = await started();
  const from = Date.now();
  await deployment.synth({ pulsarVm });
  const { code, output } = await deployment.apply();
  expect(output).toContain("Apply complete!");
  expect(code).toBe(0);
  const seconds = Math.round((Date.now() - from) / 1000);
  await clients.settled(20, 180_000);
  const after = await started();
  console.log(
    `to vm${pulsarVm}: ${seconds} s, ${clients.noticed()}; restarted: ${restarted(before, after).join()}`,
  );
  expect(await clients.stop()).toEqual([]);
  expect(hosts(after)).toEqual([`pulsar on peer-${pulsarVm}`]);
  await expectDoneAsShown(centre.lab, deployment);
}

rarely("another host of Pulsar", () => {
  test("is planned as one step, with the gap and with what becomes of the data", async () => {
    await deployment.synth({ pulsarVm: 3 });
    const { output } = await deployment.plan();
    expect(output).toContain('+ "move Pulsar from peer-2 to peer-3: stop it, copy all that it holds,');
    expect(output.replace(/\s*[│|]\s*/g, " ")).toMatch(/nothing that was\s+acknowledged is lost/);
  });

  test("takes over all that Pulsar held, while clients read and write", async () => {
    await movedUnderLoad(3, "moves");
  });

  test("is the only one, also after the old one has started anew", async () => {
    const { lab } = centre;
    await lab.kill(lab.vm(2));
    await lab.start(lab.vm(2));
    await eventually(
      "all is well",
      240_000,
      async () => (await statusOf(lab, lab.vm(1))).health === "ok",
      3_000,
    );
    expect(hosts(await started())).toEqual(["pulsar on peer-3"]);
    expect(await onPeer(lab, 2, "ls /var/lib/milvus-onprem | grep pulsar")).toBe("pulsar.moved");
    await onPeer(lab, 2, "milvus-onprem smoke");
  });

  test("may give it back, over the older copy that is there", async () => {
    await movedUnderLoad(2, "returns");
    expect(await onPeer(centre.lab, 2, "ls /var/lib/milvus-onprem | grep pulsar")).toBe("pulsar");
    expect((await statusOf(centre.lab, centre.lab.vm(1))).health).toBe("ok");
  });
});
