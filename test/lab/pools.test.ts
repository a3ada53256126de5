/**
 * A cluster whose objects move to other VMs by editing its program: two more peers with a pool of theirs, then the first pool goes.
 * The tests build on each other in order.
 */
import { Lab } from "../../lab";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { expectDoneAsShown, lastChange, restarted, startedAt } from "../support/changes";
import { Deployment, type Variation } from "../support/deployment";
import { Films } from "../support/films";
import { onlyLong } from "../support/long";
import { onPeer, rootPassword } from "../support/peers";
import { Probe } from "../support/probe";

const { describe } = onlyLong("a pool of MinIO's that is emptied and removed in a cluster of five VMs");

jest.setTimeout(30 * 60_000);

const ROWS = 20_000;
/** The fourth and the fifth peer store, and serve nothing. */
const STORES = { 4: { roles: [] }, 5: { roles: [] } };
const BOTH: Variation = {
  vms: [1, 2, 3, 4, 5],
  pools: [
    [1, 2, 3],
    [4, 5],
  ],
  peers: STORES,
};
const SECOND: Variation = { ...BOTH, pools: [[4, 5]] };

let centre: DataCentre;
let deployment: Deployment;
let clients: Probe;
let films: Films;
let nearest: string[];

/** Objects on the drives of a peer that are Milvus' own; what MinIO keeps for itself stays. */
const objects = async (peer: number): Promise<number> =>
  Number(
    await onPeer(
      centre.lab,
      peer,
      "find /var/lib/milvus-onprem/minio -path '*/milvus-bucket/*' -name xl.meta | wc -l",
    ),
  );

const started = (): Promise<Record<string, string>> => startedAt(centre.lab, [1, 2, 3]);

describe("a pool", () => {
  beforeAll(async () => {
    await Lab.remove("pools"); // what a killed run may have left
    centre = await dataCentre({ name: "pools", vms: 5 });
    deployment = Deployment.create("pools", centre);
    await deployment.synth();
    expect((await deployment.apply()).output).toContain("Apply complete!");
    const endpoints = [1, 2, 3].map((n) => `${centre.lab.vm(n).address}:19537`);
    const password = await rootPassword(deployment);
    films = await Films.at(endpoints[0]!, password);
    await films.make("films", ROWS);
    nearest = await films.nearest("films");
    clients = await Probe.start({ endpoints, username: "root", password, collection: "moved", replicas: 2 });
    await clients.settled(20, 120_000);
  });

  afterAll(async () => {
    await films?.close();
    await (await Lab.attach("pools")).down();
  });

  test("comes with two peers that store alone, while clients read and write", async () => {
    await deployment.synth(BOTH);
    expect((await deployment.apply()).output).toContain("Apply complete!");
    await expectDoneAsShown(centre.lab, deployment);
    await clients.settled(20, 120_000);
  });

  test("that is to go is emptied first: the plan says so, and what cannot be undone", async () => {
    await deployment.synth(SECOND);
    const { output } = await deployment.plan();
    expect(output).toContain(
      '"empty MinIO pool 1 (peer-1, peer-2, peer-3): its objects move to the other pools',
    );
    expect(output).toContain("stores nothing new in the pool of peer-1, peer-2, peer-3");
  });

  test("goes while clients read and write, and no role of Milvus is made anew", async () => {
    const before = await started();
    const { code, output } = await deployment.apply();
    expect(output).toContain("Apply complete!");
    expect(code).toBe(0);
    await clients.settled(20, 120_000);
    console.log(
      `${clients.noticed()}; ${JSON.stringify((await lastChange(centre.lab)).steps.map(({ name, state }) => [name, state]))}`,
    );
    expect(await clients.stop()).toEqual([]);
    expect(restarted(before, await started())).toEqual([]);
    await expectDoneAsShown(centre.lab, deployment);
  });

  test("has left every object to the other one, and nothing of MinIO's runs where it was", async () => {
    expect(await objects(1)).toBe(0);
    expect(await objects(4)).toBeGreaterThan(0);
    for (const peer of [1, 2, 3])
      expect(await onPeer(centre.lab, peer, "docker ps -a --format '{{.Names}}'")).not.toContain("minio");
  });

  test("is not needed by what was stored in it: a collection is read anew from the object store", async () => {
    await films.reload("films");
    expect(await films.count("films")).toBe(ROWS);
    expect(await films.nearest("films")).toEqual(nearest);
  });
});
