/** What Milvus 2.3 does not have, out of a real Milvus Lite and back into it: of what came later, that has no more than this. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConsistencyLevelEnum, DataType, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { exportMilvus, restoreExport } from "../../lib/cli/backups/elsewhere";
import { openMilvus } from "../../lib/daemon/milvus";
import { MilvusLite } from "../support/milvus-lite";

jest.setTimeout(5 * 60_000);

const ROWS = 300;
const DIM = 8;
const ID = { name: "id", data_type: DataType.Int64, is_primary_key: true, autoID: false };
const VECTOR = { name: "v", data_type: DataType.FloatVector, dim: DIM };
const L2 = { index_type: "FLAT", metric_type: "L2", params: {} };
const SPARSE = { index_type: "SPARSE_INVERTED_INDEX", metric_type: "IP", params: {} };

let dir: string;
let lite: MilvusLite;
let client: MilvusClient;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "milvus-onprem-types-"));
  lite = await MilvusLite.start();
  client = await openMilvus(lite.address, "");
});
afterAll(async () => {
  await client?.closeConnection();
  await lite?.stop();
  await rm(dir, { recursive: true, force: true });
});

const floats = (id: number): number[] => Array.from({ length: DIM }, (_, i) => Math.fround(Math.sin(id + i)));
async function rowsOf(name: string): Promise<Map<string, unknown>> {
  const reply = await client.query({
    ...{ collection_name: name, output_fields: ["*"], filter: "id >= 0", limit: 16384 },
    consistency_level: ConsistencyLevelEnum.Strong,
  });
  if (reply.status.error_code !== "Success") throw new Error(reply.status.reason);
  return new Map(reply.data.map((row) => [String(row.id), row]));
}

test.each<[string, object[], object, (id: number) => object]>([
  [
    "sparse",
    [{ name: "v", data_type: DataType.SparseFloatVector }],
    SPARSE,
    (id) => ({ v: { [id]: 0.5, [id + 7]: 0.25 } }),
  ],
  [
    "nullable",
    [
      VECTOR,
      { name: "n", data_type: DataType.Int32, nullable: true },
      { name: "t", data_type: DataType.VarChar, max_length: 20, nullable: true },
    ],
    L2,
    (id) => ({ v: floats(id), n: id % 3 === 0 ? null : id, t: id % 5 === 0 ? null : `t${id}` }),
  ],
  [
    "default",
    [VECTOR, { name: "n", data_type: DataType.Int32, default_value: 7 }],
    L2,
    (id) => ({ v: floats(id), ...(id % 3 === 0 ? {} : { n: id }) }),
  ],
  [
    "several_vectors",
    [VECTOR, { name: "w", data_type: DataType.FloatVector, dim: 4 }],
    L2,
    (id) => ({ v: floats(id), w: floats(id).slice(4) }),
  ],
])("%s comes back as it was", async (name, fields, index, value) => {
  const made = await client.createCollection({ collection_name: name, fields: [ID, ...fields] } as never);
  expect([made.error_code, made.reason]).toEqual(["Success", ""]);
  const vectors = fields.filter((f) =>
    String(DataType[(f as { data_type: DataType }).data_type]).includes("Vector"),
  );
  for (const { name: field_name } of vectors as { name: string }[])
    await client.createIndex({
      collection_name: name,
      field_name,
      index_name: field_name,
      ...index,
    } as never);
  const data = Array.from({ length: ROWS }, (_, id) => ({ id, ...value(id) }));
  const { status } = await client.insert({ collection_name: name, data } as never);
  expect([status.error_code, status.reason]).toEqual(["Success", ""]);
  await client.loadCollectionSync({ collection_name: name });
  const before = await rowsOf(name);
  expect(before.size).toBe(ROWS);
  await exportMilvus({ address: lite.address }, dir, { name, collections: [name] });
  const o = { dropExisting: true, load: true, dryRun: false };
  await restoreExport({ address: lite.address }, join(dir, name), o);
  expect(await rowsOf(name)).toEqual(before);
});
