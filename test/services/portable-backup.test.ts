/** Rows of a real Milvus 2.3.5 to files and back. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConsistencyLevelEnum, DataType, promisify, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { manifestSchema, type CollectionEntry, type PortableBackup } from "../../lib/daemon/backups/manifest";
import {
  backupData,
  drillData,
  restoreData,
  verifyData,
  type BackupOptions,
  type EngineContext,
  type RestoreOptions,
} from "../../lib/daemon/backups/portable";
import type { ImportPlace } from "../../lib/daemon/backups/portable/bulk/place";
import { eventually } from "../support/eventually";
import { FolderTarget } from "../../lib/daemon/backups/folder";
import { onlyLong } from "../support/long";
import { StandaloneMilvus } from "../support/standalone-milvus";

const { test: rare } = onlyLong("every kind of vector, key and collection takes minutes");

jest.setTimeout(5 * 60_000);

const DIM = 8;
const PK = { name: "id", data_type: DataType.Int64, is_primary_key: true, autoID: false } as const;
const VECTOR = { name: "v", data_type: DataType.FloatVector, dim: DIM } as const;
const FLAT = { index_type: "FLAT", metric_type: "L2", params: {} };

let milvus: StandaloneMilvus;
let client: MilvusClient;
let dir: string;
let target: FolderTarget;
const log: string[] = [];

beforeAll(async () => {
  milvus = await StandaloneMilvus.start();
  client = await milvus.open();
  dir = await mkdtemp(join(tmpdir(), "milvus-onprem-backups-"));
  target = new FolderTarget(dir);
});
/** Each test begins with an empty Milvus, whatever became of the one before. */
afterEach(async () => {
  for (const { name: db_name } of await databases()) {
    for (const { name } of (await client.showCollections({ db_name })).data) {
      const { aliases } = await client.describeCollection({ collection_name: name, db_name, cache: false });
      for (const alias of aliases) await client.dropAlias({ alias, db_name } as never);
      await client.dropCollection({ collection_name: name, db_name });
    }
    if (db_name !== "default") await client.dropDatabase({ db_name });
  }
});
afterAll(async () => {
  await client?.closeConnection();
  await milvus?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function databases(): Promise<{ name: string }[]> {
  return (await client.listDatabases()).db_names.map((name) => ({ name }));
}

const context = (signal = new AbortController().signal, imports?: ImportPlace): EngineContext => ({
  ...{ milvus, target, imports, signal, log: (text) => void log.push(text), progress: () => undefined },
});

async function backup(name: string, o: Partial<BackupOptions> = {}): Promise<PortableBackup> {
  const data = await backupData(context(), {
    ...{ prefix: name, done: [], onCollection: async () => undefined, ...o },
  });
  const manifest = manifestSchema.parse({
    ...{ format: 1, name, job: "j", createdAt: new Date().toISOString(), data },
    cluster: { name: "c", id: "i", milvus: "v2.3.5", generation: 1 },
  });
  return manifest as PortableBackup;
}

function restore(manifest: PortableBackup, o: Partial<RestoreOptions> = {}, imports?: ImportPlace) {
  return restoreData(context(undefined, imports), {
    ...{ manifest, prefix: manifest.name, dropExisting: false, load: true, dryRun: false, done: [] },
    ...{ onCollection: async () => undefined, ...o },
  });
}

interface Made {
  readonly index?: object;
  readonly rows?: object[];
  /** Of the collection, and of all requests about it. */
  readonly o?: object;
}

/** A collection with an index on its vector, loaded. */
async function collection(name: string, fields: object[], made: Made = {}): Promise<void> {
  const { index = FLAT, rows: data = [], o = {} } = made;
  await client.createCollection({ collection_name: name, fields, ...o } as never);
  await client.createIndex({ collection_name: name, field_name: "v", ...index, ...o } as never);
  await client.loadCollectionSync({ collection_name: name, ...o });
  await insert(name, data, o);
}

async function insert(name: string, data: object[], o: object = {}): Promise<void> {
  for (let i = 0; i < data.length; i += 1000) {
    const part = data.slice(i, i + 1000);
    const reply = await client.insert({ collection_name: name, data: part, ...o } as never);
    if (reply.status.error_code !== "Success") throw new Error(reply.status.reason);
  }
}

/** Every row as Milvus sends it, by primary key. */
async function rowsOf(name: string, o: object = {}): Promise<Map<string, unknown>> {
  const reply = await client.query({
    ...{ collection_name: name, output_fields: ["*"], filter: "id >= 0", limit: 16384 },
    ...{ consistency_level: ConsistencyLevelEnum.Strong, ...o },
  } as never);
  if (reply.status.error_code !== "Success") throw new Error(reply.status.reason);
  return new Map(reply.data.map((found) => [String(found.id), found]));
}

/** The same at every run. */
const numbers = (seed: number, count = DIM): number[] =>
  Array.from({ length: count }, (_, i) => Math.fround(Math.sin(seed * 31 + i * 7)));
const row = (id: number, more: object = {}) => ({ id, v: numbers(id), ...more });
const rows = (from: number, count: number, more: (id: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, i) => row(from + i, more(from + i)));

async function nearest(name: string, vector: number[]): Promise<string[]> {
  const reply = await client.search({ collection_name: name, data: [vector], limit: 10 });
  return (reply.results as { id: string }[]).map(({ id }) => id);
}

const element = (type: DataType, more: object = {}) => ({
  ...{ data_type: DataType.Array, element_type: type, max_capacity: 8, ...more },
});
/** Beyond what JavaScript's numbers tell apart. */
const big = (id: number) => String(9_007_199_254_740_993n + BigInt(id) * 2n);
const TYPES: [string, object, (id: number) => unknown][] = [
  ["bool", { data_type: DataType.Bool }, (id) => id % 2 === 0],
  ["int8", { data_type: DataType.Int8 }, (id) => (id % 256) - 128],
  ["int16", { data_type: DataType.Int16 }, (id) => -id],
  ["int32", { data_type: DataType.Int32 }, (id) => id * 100_000],
  ["int64", { data_type: DataType.Int64 }, big],
  ["float", { data_type: DataType.Float }, (id) => Math.fround(id / 3)],
  ["double", { data_type: DataType.Double }, (id) => id / 3],
  ["text", { data_type: DataType.VarChar, max_length: 200 }, (id) => `é"'\\\n${id}`],
  ["json", { data_type: DataType.JSON }, (id) => ({ a: [id, { b: null }], t: "😀" })],
  ["bools", element(DataType.Bool), (id) => [id % 2 === 0]],
  ["ints", element(DataType.Int32), (id) => Array.from({ length: id % 4 }, (_, i) => i - 2)],
  ["longs", element(DataType.Int64), (id) => [big(id)]],
  ["floats", element(DataType.Float), () => [0.5]],
  ["doubles", element(DataType.Double), (id) => [id / 7, 1]],
  ["texts", element(DataType.VarChar, { max_length: 20 }), (id) => ["", `x${id}`]],
];

/** By which rows get back. */
const WAYS: [string, () => ImportPlace | undefined][] = [
  ["by inserts", () => undefined],
  ["by bulk import", () => milvus.imports],
];

/** As asked, and by no other way, though another one would have done. */
function expectWay(way: string, steps: readonly string[]): void {
  for (const step of steps.filter((s) => s.startsWith("restore ")))
    expect([step, step.includes("by bulk import")]).toEqual([step, way === "by bulk import"]);
  expect(log.filter((line) => line.includes("inserted instead"))).toEqual([]);
  expect(readdirSync(milvus.importsDir)).toEqual([]);
}

test.each(WAYS)(
  "each type that 2.3.5 has comes back %s as it was, with what is beyond the schema, in its partitions; searches agree",
  async (way, imports) => {
    const more = (id: number) => ({
      ...Object.fromEntries(TYPES.map(([name, , value]) => [name, value(id)])),
      ...(id % 3 === 0 ? { beyond: { id } } : {}),
    });
    const fields = [
      PK,
      ...TYPES.map(([name, type]) => ({ name, description: `of ${name}`, ...type })),
      VECTOR,
    ];
    const index = { index_type: "HNSW", metric_type: "L2", params: { M: 8, efConstruction: 64 } };
    const o = { enable_dynamic_field: true, description: "all", consistency_level: "Session", shards_num: 2 };
    await collection("types", fields, { o, index, rows: rows(0, 500, more) });
    await client.createPartition({ collection_name: "types", partition_name: "p1" });
    await insert("types", rows(500, 100, more), { partition_name: "p1" });
    await client.createAlias({ collection_name: "types", alias: "kinds" });
    await client.alterCollectionProperties({
      ...{ collection_name: "types", properties: { "collection.ttl.seconds": 8_640_000 } },
    });
    await client.loadPartitions({ collection_name: "types", partition_names: ["p1"] });
    await eventually("p1 can be read", 30_000, async () => (await rowsOf("types")).size === 600);
    const before = { rows: await rowsOf("types"), near: await nearest("types", numbers(7)) };
    const described = await description("types");

    const manifest = await backup("types");
    expect(manifest.data.collections[0]).toMatchObject({ rows: 600, replicas: 1, aliases: ["kinds"] });
    // Milvus 2.3 leaves the alias behind, which leads nowhere then.
    await client.dropCollection({ collection_name: "types" });
    const { restored, steps } = await restore(manifest, {}, imports());
    expect(restored).toEqual([{ from: "default/types", to: "default/types", rows: 600 }]);
    expectWay(way, steps);

    expect(await rowsOf("types")).toEqual(before.rows);
    expect((await rowsOf("types", { partition_names: ["p1"] })).size).toBe(100);
    expect(await nearest("types", numbers(7))).toEqual(before.near);
    expect(await description("types")).toEqual(described);
    expect(await nearest("kinds", numbers(7))).toEqual(before.near);
    await client.createCollection({ collection_name: "other", fields: [PK, VECTOR] } as never);
    await client.alterAlias({ collection_name: "other", alias: "kinds" });
    await restore(manifest, { dropExisting: true });
    expect(log.join("\n")).toMatch(/give default\/types the alias kinds: .*it is left as it is/);
    await expect(restore(manifest, { rename: { types: "kinds" } })).rejects.toThrow(
      "default/kinds is an alias of another collection: drop the alias first",
    );
  },
);

test("what Milvus cannot import is inserted, and that is said", async () => {
  await collection("plain", [PK, VECTOR], { rows: rows(0, 300) });
  const before = await rowsOf("plain");
  const nowhere: ImportPlace = { ...milvus.imports, pathOf: (path) => `/nowhere/${path}` };
  await restore(await backup("plain"), { dropExisting: true }, nowhere);
  expect(await rowsOf("plain")).toEqual(before);
  expect(log.join("\n")).toMatch(
    /import \/nowhere\/_restoring_plain-0\.parquet into .*the rows of default\/plain are inserted instead/,
  );
  log.length = 0;
});

/** What a user sees of a collection, without the ids that Milvus gives. */
async function description(name: string) {
  const d = await client.describeCollection({ collection_name: name, cache: false });
  const { index_descriptions } = await client.describeIndex({ collection_name: name });
  return {
    ...{ fields: d.schema.fields, dynamic: d.schema.enable_dynamic_field, text: d.schema.description },
    ...{ level: d.consistency_level, shards: d.shards_num, properties: d.properties, aliases: d.aliases },
    indexes: index_descriptions.map((i) => ({
      ...{ name: i.index_name, field: i.field_name },
      params: Object.fromEntries(i.params.map(({ key, value }) => [key, value])),
    })),
  };
}

const BINARY = { index_type: "BIN_FLAT", metric_type: "HAMMING", params: {} };
rare.each([
  ["binary", { data_type: DataType.BinaryVector, dim: 16 }, BINARY, (id: number) => [id % 256, 7]],
  ["float16", { data_type: DataType.Float16Vector, dim: DIM }, FLAT, (id: number) => numbers(id)],
])("vectors of type %s come back as they were", async (name, type, index, value) => {
  const data = Array.from({ length: 300 }, (_, id) => ({ id, v: value(id) }));
  await collection(name, [PK, { name: "v", ...type }], { index, rows: data });
  const before = await rowsOf(name);
  const manifest = await backup(name);
  expect(before.size).toBe(300);
  for (const [way, imports] of WAYS) {
    const { steps } = await restore(manifest, { dropExisting: true }, imports());
    expectWay(name === "binary" ? way : "by inserts", steps);
    expect(await rowsOf(name)).toEqual(before);
  }
});

rare("keys that are text, in any order and with any sign in them, are each read once", async () => {
  const hard = ["", 'a"b', "a'b", "a\\b", "\n", "\t\u0001", "é", "日本", "😀", "\uffee", "{%}", "\\u0041"];
  const keys = [...hard, "z".repeat(200), ...Array.from({ length: 6000 }, (_, i) => `k${(i * 7919) % 6007}`)];
  await collection("texts", [{ ...PK, data_type: DataType.VarChar, max_length: 200 }, VECTOR]);
  const data = keys.map((id, i) => ({ ...row(i), id }));
  await insert("texts", data.slice(0, 3000));
  await client.flushSync({ collection_names: ["texts"] });
  await insert("texts", data.slice(3000));
  const manifest = await backup("texts");
  expect(manifest.data.collections[0]!.rows).toBe(keys.length);
  await restore(manifest, { rename: { texts: "texts2" } });
  const found = await rowsOf("texts2", { filter: 'id >= ""', output_fields: ["id"] });
  expect(new Set(found.keys())).toEqual(new Set(keys));
});

rare(
  "another database, a partition key, keys that Milvus makes: new ones are given, and that is said",
  async () => {
    await client.createDatabase({ db_name: "shop" });
    const tenant = { name: "tenant", data_type: DataType.VarChar, max_length: 20, is_partition_key: true };
    const o = { db_name: "shop", num_partitions: 5 };
    const data = Array.from({ length: 200 }, (_, i) => ({ tenant: `t${i % 9}`, v: numbers(i) }));
    await collection("goods", [{ ...PK, autoID: true }, tenant, VECTOR], { o, rows: data });
    const manifest = await backup("shop", { databases: ["shop"] });
    await client.dropCollection({ collection_name: "goods", db_name: "shop" });
    await client.dropDatabase({ db_name: "shop" });

    for (const [way, imports] of WAYS) {
      const { warnings, steps } = await restore(manifest, { dropExisting: true }, imports());
      expectWay(way, steps);
      expect(warnings.join()).toMatch(/shop\/goods: Milvus makes its primary keys.*new ones/);
      type Good = { tenant: string; v: number[] };
      const sorted = (all: Good[]) => all.map(({ tenant: of, v }) => `${of} ${v.join()}`).sort();
      const after = [...(await rowsOf("goods", { db_name: "shop" })).values()] as Good[];
      expect(sorted(after)).toEqual(sorted(data));
      const { partition_names } = await client.showPartitions({ collection_name: "goods", db_name: "shop" });
      expect(partition_names).toHaveLength(5);
    }
  },
);

rare("what is not loaded is read whole, and is as unloaded as before", async () => {
  await collection("cold", [PK, VECTOR], { rows: rows(0, 300) });
  await client.createPartition({ collection_name: "cold", partition_name: "p1" });
  await insert("cold", rows(300, 50), { partition_name: "p1" });
  await client.releaseCollection({ collection_name: "cold" });
  const whole = await backup("cold");
  expect(whole.data.collections[0]).toMatchObject({ rows: 350, replicas: 0 });
  expect(await states("cold")).toEqual(["LoadStateNotLoad", "LoadStateNotLoad"]);

  await client.loadPartitions({ collection_name: "cold", partition_names: ["p1"] });
  await eventually("p1 is loaded", 30_000, async () => (await states("cold"))[1] === "LoadStateLoaded");
  const half = await backup("half");
  expect(half.data.collections[0]).toMatchObject({ rows: 350, replicas: 1 });
  expect(await states("cold")).toEqual(["LoadStateNotLoad", "LoadStateLoaded"]);
});

async function states(name: string): Promise<string[]> {
  const of = async (partition: string) =>
    (await client.getLoadState({ collection_name: name, partition_names: [partition] } as never)).state;
  return [await of("_default"), await of("p1")];
}

rare("without an index an empty collection is kept, and one with rows is named", async () => {
  await client.createCollection({ collection_name: "bare", fields: [PK, VECTOR] } as never);
  const manifest = await backup("bare");
  expect(manifest.data.collections[0]).toMatchObject({ rows: 0, files: [] });
  await restore(manifest, { rename: { bare: "bare2" } });
  expect((await client.hasCollection({ collection_name: "bare2" })).value).toBe(true);
  await insert("bare", rows(0, 3));
  await expect(backup("bare", { collections: ["bare"] })).rejects.toThrow(
    /default\/bare has rows and no index/,
  );
});

test("what exists is not touched unless that is asked for, nor when the backup is damaged", async () => {
  await collection("kept", [PK, VECTOR], { rows: rows(0, 100) });
  const manifest = await backup("kept");
  expect(await verifyData(context(), manifest, "kept")).toEqual([]);
  await client.deleteEntities({ collection_name: "kept", filter: "id in [1]" });
  const refusal = /default\/kept exists: restore under another name \(rename\), or replace it/;
  await expect(restore(manifest)).rejects.toThrow(refusal);
  const dry = await restore(manifest, { dryRun: true });
  expect(dry).toMatchObject({ restored: [], refusals: [expect.stringMatching(refusal)] });
  expect(dry.steps.join()).toMatch(/restore default\/kept: 100 rows/);

  const [file] = manifest.data.collections[0]!.files;
  const path = join(dir, "kept", file!.path);
  const good = await readFile(path);
  const damages: [Buffer, RegExp][] = [
    [Buffer.from(good.map((byte, i) => (i === 500 ? byte ^ 1 : byte))), /its SHA-256 is/],
    [good.subarray(0, -1), /it has \d+ of the \d+ bytes/],
    [Buffer.concat([good, good]), /it is longer/],
  ];
  for (const [bad, problem] of damages) {
    await writeFile(path, bad);
    const failure = restore(manifest, { dropExisting: true });
    await expect(failure).rejects.toThrow(
      new RegExp(`data/default/kept/000001.parquet is damaged: ${problem.source}`),
    );
    expect(await verifyData(context(), manifest, "kept")).toEqual([
      { path: file!.path, problem: expect.stringMatching(problem) },
    ]);
  }
  await rm(path);
  await expect(restore(manifest, { dropExisting: true })).rejects.toThrow(
    /000001.parquet is damaged: it is gone/,
  );
  expect((await rowsOf("kept")).size).toBe(99);
  expect((await client.showCollections()).data.map(({ name }) => name)).toEqual(["kept"]);

  await writeFile(path, good);
  await restore(manifest, { dropExisting: true });
  expect((await rowsOf("kept")).size).toBe(100);
});

describe("a drill", () => {
  const DRILL = { db_name: "milvus_onprem_drill" };
  const more = (id: number) => Object.fromEntries(TYPES.map(([name, , value]) => [name, value(id)]));
  const made = async (): Promise<PortableBackup> => {
    const fields = [PK, ...TYPES.map(([name, type]) => ({ name, ...type })), VECTOR];
    const o = { enable_dynamic_field: true };
    await collection("all", fields, { o, rows: rows(0, 200, (id) => ({ ...more(id), beyond: id })) });
    const auto = { name: "id", data_type: DataType.Int64, is_primary_key: true, autoID: true };
    await collection("auto", [auto, VECTOR], { rows: rows(0, 50).map(({ v }) => ({ v })) });
    await client.createCollection({ collection_name: "bare", fields: [PK, VECTOR] } as never);
    return backup("drilled");
  };
  const drilled = (manifest: PortableBackup, of: EngineContext = context()) =>
    drillData(of, { manifest, prefix: manifest.name });

  test("restores each collection beside all others, finds it as it was, and leaves nothing", async () => {
    const manifest = await made();
    await client.createDatabase(DRILL); // an earlier one that was cut off
    await client.createCollection({ collection_name: "left", fields: [PK, VECTOR], ...DRILL } as never);
    const { compared, searches, ...found } = await drilled(manifest);
    expect(found).toEqual({ collections: 3, rows: 250, findings: [] });
    // Of each of its files the first page.
    expect(compared).toBeGreaterThanOrEqual(64);
    expect(searches).toBeGreaterThanOrEqual(4);
    expect((await client.listDatabases()).db_names).toEqual(["default"]);
    expect((await client.showCollections()).data.map(({ name }) => name).sort()).toEqual([
      "all",
      "auto",
      "bare",
    ]);
    expect((await rowsOf("all")).size).toBe(200);
  });

  rare("tells of a row that is not there, and of one that is another", async () => {
    const manifest = await made();
    /** Does something once all rows are back, and before they are compared. */
    const spoilt = async (spoil: () => Promise<unknown>) => {
      let left = false;
      const told = (text: string): void => void (left ||= /drill\/all: 200 rows are back/.test(text));
      const get: FolderTarget["get"] = async function* (path) {
        if (left && path.includes("/all/")) await spoil().then(() => (left = false));
        yield* target.get(path);
      };
      const spoiling: EngineContext = {
        ...context(),
        log: told,
        target: Object.assign(Object.create(target), { get }),
      };
      return (await drilled(manifest, spoiling)).findings.map(({ path, problem }) => `${path}: ${problem}`);
    };
    const where = { collection_name: "all", ...DRILL };
    expect(await spoilt(() => client.deleteEntities({ ...where, filter: "id in [7]" }))).toEqual([
      expect.stringMatching(
        /^data\/default\/all\/\d+\.parquet: default\/all: \d+ of \d+ rows are there from id 0 to \d+$/,
      ),
    ]);
    const other = { ...row(7, more(7)), text: "another", beyond: 7 };
    expect(await spoilt(() => client.upsert({ ...where, data: [other] } as never))).toEqual([
      expect.stringMatching(/: default\/all: text of the row id = 7 is another than in the backup$/),
    ]);
  });
});

test("what an earlier run has finished is not done again; a collection that is dropped meanwhile is left out", async () => {
  for (const name of ["a", "b", "c"]) await collection(name, [PK, VECTOR], { rows: rows(0, 20) });
  const finished: CollectionEntry[] = [];
  const stop = new AbortController();
  const died = backupData(context(stop.signal), {
    ...{ prefix: "resumed", done: [] },
    onCollection: async (entry) => {
      finished.push(entry);
      stop.abort(new Error("the leader died"));
    },
  });
  await expect(died).rejects.toThrow("the leader died");
  expect(finished.map(({ name }) => name)).toEqual(["a"]);
  await client.dropCollection({ collection_name: "a" });
  await collection("a", [PK, VECTOR], { rows: rows(0, 5) });
  const read: string[] = [];
  const manifest = await backup("resumed", {
    done: finished,
    onCollection: async ({ name }) => {
      read.push(name);
      if (name === "b") await client.dropCollection({ collection_name: "c" });
    },
  });
  expect(read).toEqual(["b"]);
  expect(log.at(-1)).toMatch(/default\/c was dropped before it was read whole/);
  const kept = manifest.data.collections.map(({ name, rows: n }) => [name, n]);
  expect(kept).toEqual([
    ["a", 20],
    ["b", 20],
  ]);

  await client.dropCollection({ collection_name: "b" });
  const back: string[] = [];
  await restore(manifest, { done: ["default/a"], onCollection: async ({ to }) => void back.push(to) });
  expect(back).toEqual(["default/b"]);
});

test("roles and grants come back, for what has another name now too; users that are missing are named", async () => {
  await collection("books", [PK, VECTOR]);
  await client.createUser({ username: "reader", password: "secret-1" });
  await client.createRole({ roleName: "reading" });
  await client.addUserToRole({ username: "reader", roleName: "reading" });
  const entity = {
    ...{
      role: { name: "reading" },
      object: { name: "Collection" },
      object_name: "books",
      db_name: "default",
    },
    grantor: { privilege: { name: "Search" } },
  };
  await promisify(client.channelPool, "OperatePrivilege", { entity, type: "Grant" }, 10_000);
  const manifest = await backup("access");
  await promisify(client.channelPool, "OperatePrivilege", { entity, type: "Revoke" }, 10_000);
  await client.removeUserFromRole({ username: "reader", roleName: "reading" });
  await client.dropRole({ roleName: "reading" });

  const { warnings } = await restore(manifest, { rename: { books: "books2" } });
  expect(warnings.join()).toMatch(/users cannot be restored.*reader/);
  const { results } = await client.describeUser({ username: "reader" } as never);
  expect(results[0]!.roles).toEqual([{ name: "reading" }]);
  const asked = { entity: { role: { name: "reading" }, db_name: "default" } };
  const { entities } = await promisify(client.channelPool, "SelectGrant", asked, 10_000);
  const given = (entities as (typeof entity)[]).map((e) => [e.object_name, e.grantor.privilege.name]);
  expect(given).toEqual([["books2", "Search"]]);
});

test("under writes at full rate: all that was acknowledged before is in, nothing that was begun after is", async () => {
  await collection("busy", [PK, VECTOR], { o: { shards_num: 2 }, rows: rows(0, 20_000) });
  const written: [id: number, begun: bigint, done: bigint][] = [];
  const deleted: [id: number, begun: bigint, done: bigint][] = [];
  let stopped = false;
  const writer = async () => {
    // Above and below all keys that are there, and the first ones deleted one by one.
    for (let i = 1; !stopped; i++) {
      const begun = await now();
      await insert("busy", [row(100_000 + i), row(-i)]);
      const between = await now();
      for (const id of [100_000 + i, -i]) written.push([id, begun, between]);
      await client.deleteEntities({ collection_name: "busy", filter: `id in [${i}]` });
      deleted.push([i, between, await now()]);
    }
  };
  const writing = writer();
  await eventually("some writes", 20_000, async () => deleted.length > 50, 20);
  const manifest = await backup("busy");
  const enough = deleted.length + 50;
  await eventually("some writes after", 20_000, async () => deleted.length > enough, 20);
  stopped = true;
  await writing;

  const { read } = manifest.data.collections[0]!;
  const [from, to] = [BigInt(read.from.tso), BigInt(read.to.tso)];
  await restore(manifest, { rename: { busy: "busy2" } });
  const found = await idsOf("busy2");
  for (const marks of [written, deleted]) {
    const before = marks.filter(([, , done]) => done < from).map(([id]) => id);
    const after = marks.filter(([, begun]) => begun > to).map(([id]) => id);
    const counts = [before.length, marks.length - before.length - after.length, after.length];
    expect(counts.map((n) => n > 0)).toEqual([true, true, true]);
    const isIn = marks === written;
    expect(before.filter((id) => found.has(id) !== isIn)).toEqual([]);
    expect(after.filter((id) => found.has(id) === isIn)).toEqual([]);
  }
  const untouched = Array.from({ length: 20_000 }, (_, id) => id).filter(
    (id) => id === 0 || id > deleted.length,
  );
  expect(untouched.filter((id) => !found.has(id))).toEqual([]);
});

/** On Milvus' own clock. */
async function now(): Promise<bigint> {
  const { timestamp } = await promisify(client.channelPool, "AllocTimestamp", {}, 10_000);
  return BigInt(timestamp);
}

async function idsOf(name: string): Promise<Set<number>> {
  const found = new Set<number>();
  for (let last = -1_000_000_000; ;) {
    const filter = `id > ${last}`;
    const { data } = await client.query({
      collection_name: name,
      filter,
      output_fields: ["id"],
      limit: 16384,
    });
    for (const { id } of data) found.add((last = Number(id)));
    if (data.length < 16384) return found;
  }
}
