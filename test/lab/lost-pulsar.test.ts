/** The VM of Pulsar's host is gone for good, with its disk: Pulsar begins empty on another peer. The tests build on each other in order. */
import { DataType, MilvusClient, type ResStatus } from "@zilliz/milvus2-sdk-node";
import { Lab } from "../../lab";
import { dataCentre, type DataCentre } from "../../tools/data-centre";
import { expectDoneAsShown } from "../support/changes";
import { Deployment } from "../support/deployment";
import { eventually } from "../support/eventually";
import { long, onlyLong } from "../support/long";
import { onPeer, rootPassword, statusOf } from "../support/peers";

jest.setTimeout(20 * 60_000);

const { describe: rarely } = onlyLong("a cluster of its own that loses a VM takes minutes");
const ROWS = 3_000;

let centre: DataCentre;
let deployment: Deployment;

beforeAll(async () => {
  if (!long) return;
  await Lab.remove("lost-pulsar"); // what a killed run may have left
  centre = await dataCentre({ name: "lost-pulsar", vms: 3 });
  deployment = Deployment.create("lost-pulsar", centre);
  await deployment.synth();
  expect((await deployment.apply()).output).toContain("Apply complete!");
});

afterAll(async () => {
  if (long) await (await Lab.attach("lost-pulsar")).down();
});

async function through<T>(vm: number, work: (client: MilvusClient) => Promise<T>): Promise<T> {
  const client = new MilvusClient({
    ...{ address: `${centre.lab.vm(vm).address}:19537`, timeout: 30_000, logLevel: "error" },
    ...{ username: "root", password: await rootPassword(deployment) },
  });
  try {
    await client.connectPromise;
    return await work(client);
  } finally {
    await client.closeConnection();
  }
}

function done({ error_code: code, reason }: Pick<ResStatus, "error_code" | "reason">): void {
  expect([code, reason]).toEqual(["Success", ""]);
}

const NAME = "kept";

async function insert(vm: number, from: number, count: number): Promise<void> {
  const data = Array.from({ length: count }, (_, i) => ({ id: from + i, v: [from + i, 1, 2, 3] }));
  await through(vm, async (client) => done((await client.insert({ collection_name: NAME, data })).status));
}

/** Ids that a strongly consistent query finds. */
async function found(vm: number, expr: string): Promise<number[]> {
  return through(vm, async (client) => {
    const query = { collection_name: NAME, expr, output_fields: ["id"], limit: 10_000 };
    const { status, data } = await client.query({ ...query, consistency_level: 0 });
    done(status);
    return data.map((row) => Number(row.id)).sort((a, b) => a - b);
  });
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

rarely("a host of Pulsar that is lost for good", () => {
  test("takes along what was not flushed, as the plan says, and nothing that was", async () => {
    await through(1, async (client) => {
      const fields = [
        { name: "id", data_type: DataType.Int64, is_primary_key: true },
        { name: "v", data_type: DataType.FloatVector, dim: 4 },
      ];
      done(await client.createCollection({ collection_name: NAME, fields, shards_num: 2 }));
      const index = { collection_name: NAME, field_name: "v", index_type: "FLAT", metric_type: "L2" };
      done(await client.createIndex({ ...index, params: {} }));
      done(await client.loadCollectionSync({ collection_name: NAME, replica_number: 2 }));
    });
    await insert(1, 0, ROWS);
    await through(1, (client) => client.flushSync({ collection_names: [NAME] }));
    await insert(1, ROWS, 100);
    expect(await found(3, "id >= 0")).toHaveLength(ROWS + 100);
  });

  test("is not moved off without a word for the loss", async () => {
    const { lab } = centre;
    await lab.kill(lab.vm(2));
    await deployment.synth({ pulsarVm: 3 });
    const { code, output } = await deployment.apply();
    expect(code).toBe(1);
    expect(output.replace(/\s*[│|]?\s+/g, " ")).toContain(
      'if its VM is lost for good: queue.pulsarSingleton.lostHost: "peer-2"',
    );
  });

  test("is given up by one, in the change in which another VM takes its place", async () => {
    const { lab } = centre;
    await lab.wipe(lab.vm(2));
    const fresh = lab.vm(2);
    await deployment.synth({ pulsarVm: 3, lostPulsarHost: "peer-2" });
    const resources = (await deployment.must("state", "list")).split("\n");
    const replace = `-replace=${resources.find((address) => /milvus_peer.*peer-2/.test(address))!}`;
    const plan = await deployment.plan(replace);
    const said = plan.output.replace(/\s*[│|]?\s+/g, " ");
    expect(said).toContain("begin Pulsar empty on peer-3, in place of the lost peer-2");
    expect(said).toContain("acknowledged and are not yet flushed to the object store are lost");
    const from = Date.now();
    const { code, output } = await deployment.apply(replace);
    console.log(`replaced ${fresh.address} in ${Math.round((Date.now() - from) / 1000)} s`);
    expect(output).toContain("Apply complete!");
    expect(code).toBe(0);
    await expectDoneAsShown(lab, deployment);
  });

  test("leaves all flushed rows, and new ones are written and found, on old collections and on new ones", async () => {
    await eventually(
      "all flushed rows are found",
      120_000,
      async () => (await found(1, `id < ${ROWS}`)).length === ROWS,
      2_000,
    );
    for (const vm of [1, 2, 3]) {
      await insert(vm, 10_000 + vm * 100, 100);
      expect(await found(vm, "id >= 10000")).toEqual(range(10_100, vm * 100));
    }
    await through(2, (client) => client.flushSync({ collection_names: [NAME] }));
    expect(await found(3, `id < ${ROWS} or id >= 10000`)).toEqual([...range(0, ROWS), ...range(10_100, 300)]);
    for (const n of [1, 2, 3]) await onPeer(centre.lab, n, "milvus-onprem smoke");
    const { health } = await statusOf(centre.lab, centre.lab.vm(1));
    expect(health).toBe("ok");
  });
});
