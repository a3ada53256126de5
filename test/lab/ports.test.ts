/** Ports by which the containers of a cluster find each other move by an edit of the program. */
import { Lab } from "../../lab";
import { docker } from "../../lab/run";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { expectDoneAsShown } from "../support/changes";
import { Deployment } from "../support/deployment";
import { long, onlyLong } from "../support/long";
import { onPeer, rootPassword, statusOf } from "../support/peers";
import { Probe } from "../support/probe";

jest.setTimeout(20 * 60_000);

const { describe: rarely } = onlyLong("a cluster of its own and two cold starts take minutes");
const MOVED = {
  milvus: 19540,
  minio: 9005,
  minioLocal: 9007,
  pulsar: 6655,
  pulsarHttp: 8085,
  milvusMetricsBase: 9291,
};

let centre: DataCentre;
let deployment: Deployment;

beforeAll(async () => {
  if (!long) return;
  await Lab.remove("ports"); // what a killed run may have left
  centre = await dataCentre({ name: "ports", vms: 3 });
  deployment = Deployment.create("ports", centre);
  await deployment.synth();
  expect((await deployment.apply()).output).toContain("Apply complete!");
});

afterAll(async () => {
  if (long) await (await Lab.attach("ports")).down();
});

async function listening(vm: number): Promise<number[]> {
  const lines = await onPeer(centre.lab, vm, "ss -tlnH | awk '{print $4}'");
  return lines.split("\n").map((line) => Number(line.split(":").at(-1)));
}

rarely("ports of a formed cluster", () => {
  test("somebody else's is refused before anything stops", async () => {
    const { container } = centre.lab.vm(3);
    await docker("exec", container, "/usr/sbin/sshd", "-p", "2222");
    await deployment.synth({ cluster: { ports: { minio: 2222 } } });
    const { code, output } = await deployment.apply();
    expect(code).toBe(1);
    expect(output.replace(/\s*[│|]?\s+/g, " ")).toContain("somebody listens on port 2222 of peer-3");
    expect((await statusOf(centre.lab, centre.lab.vm(1))).health).toBe("ok");
    // What the refused plan wanted is not half done: nothing is to be undone.
    await deployment.synth();
    expect((await deployment.plan("-detailed-exitcode")).code).toBe(0);
  });

  test("move all at once, and clients that go on through the load balancers lose nothing", async () => {
    const endpoints = centre.lab.vms.map(({ address }) => `${address}:19537`);
    const password = await rootPassword(deployment);
    const clients = await Probe.start({
      ...{ endpoints, username: "root", password, collection: "moving", replicas: 2 },
    });
    await clients.settled(20, 120_000);
    await deployment.synth({ cluster: { ports: MOVED } });
    const { code, output } = await deployment.apply();
    expect(output).toContain("Apply complete!");
    expect(code).toBe(0);
    await clients.settled(20, 180_000);
    console.log(clients.noticed());
    expect(await clients.stop()).toEqual([]);
    await expectDoneAsShown(centre.lab, deployment);
    for (const vm of [1, 2, 3]) {
      const ports = await listening(vm);
      expect(ports).toEqual(expect.arrayContaining(Object.values(MOVED)));
      for (const old of [19530, 9000, 9002, 6650, 8080]) expect(ports).not.toContain(old);
      await onPeer(centre.lab, vm, "milvus-onprem smoke");
    }
  });
});
