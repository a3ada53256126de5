/** What a restoration will do, and what it will not: said before anything is touched. */
import {
  manifestSchema,
  type CollectionEntry,
  type FieldEntry,
  type PortableBackup,
} from "../../../../lib/daemon/backups/manifest";
import type { RestoreOptions } from "../../../../lib/daemon/backups/portable";
import { importGroups } from "../../../../lib/daemon/backups/portable/bulk/choice";
import type { ImportPlace } from "../../../../lib/daemon/backups/portable/bulk/place";
import { choose, parseName } from "../../../../lib/daemon/backups/portable/names";
import { planRestore } from "../../../../lib/daemon/backups/portable/restore-plan";
import { callsTo, field } from "./fake-server";

const ID = field("id", "Int64", { primaryKey: true });
const V = field("v", "FloatVector", { params: { dim: "4" } });
const MOMENT = { tso: "1", at: "2026-01-01T00:00:00.000Z" };

const entry = (name: string, o: Partial<CollectionEntry> = {}): CollectionEntry => ({
  ...{ database: "default", name, description: "", shards: 1, consistencyLevel: "Bounded" },
  ...{ dynamicFields: false, fields: [ID, V], functions: [], indexes: [], partitions: ["_default"] },
  ...{ properties: {}, aliases: [], replicas: 1, read: { from: MOMENT, to: MOMENT } },
  ...{ rows: 0, files: [], ...o },
});

function manifestOf(
  collections: CollectionEntry[],
  access?: PortableBackup["data"]["access"],
): PortableBackup {
  const databases = [...new Set(["default", ...collections.map((c) => c.database)])];
  return {
    ...{ format: 1, name: "b", job: "j", createdAt: MOMENT.at },
    cluster: { name: "c", id: "i", milvus: "v2.3.5", generation: 1 },
    data: {
      ...{ engine: "portable", server: "v2.3.5", read: { from: MOMENT, to: MOMENT }, collections, access },
      databases: databases.map((name) => ({ name, properties: {} })),
    },
  };
}

/** The plan for a server that has these collections and aliases in its database "default". */
function plan(
  manifest: PortableBackup,
  o: Partial<RestoreOptions> & {
    here?: string[];
    aliases?: string[];
    version?: string;
    imports?: ImportPlace;
  } = {},
) {
  const { here = [], aliases = [], version = "v2.3.5", imports, ...options } = o;
  const calls = callsTo({
    ListCredUsers: () => ({ usernames: ["root"] }),
    ListDatabases: () => ({ db_names: ["default"] }),
    ShowCollections: () => ({ collection_names: here }),
    HasCollection: ({ collection_name }: { collection_name: string }) => ({
      value: [...here, ...aliases].includes(collection_name),
    }),
  } as never);
  const all: RestoreOptions = {
    ...{ manifest, prefix: "b", dropExisting: false, load: true, dryRun: true, done: [] },
    ...{ onCollection: async () => undefined, ...options },
  };
  return planRestore(calls, all, version, imports);
}

describe("where Milvus can read files of its own store", () => {
  const MIB = 2 ** 20;
  const files = (...mib: number[]) =>
    mib.map((size, i) => ({
      ...{ path: `data/${i}.parquet`, partition: i % 2 ? "p" : "_default", rows: 10, sha256: "" },
      bytes: size * MIB,
    }));
  const imports = {} as ImportPlace;

  test.each<[string, Partial<CollectionEntry>, string, string]>([
    ["rows that are many are imported", { files: files(100, 100) }, "v2.3.5", "by bulk import"],
    [
      "few rows are inserted",
      { files: files(4, 4) },
      "v2.3.5",
      "by inserts, for it is too small for bulk import to be quicker",
    ],
    [
      "and many in as many partitions",
      { files: files(28, 2) },
      "v2.3.5",
      "by inserts, for it is too small for bulk import to be quicker",
    ],
    [
      "a type that the import does not know is inserted",
      { files: files(100, 100), fields: [ID, { ...V, type: "Float16Vector" }] },
      "v2.3.5",
      "by inserts, for bulk import takes no field of type Float16Vector (v)",
    ],
    [
      "a version that it was not tried with gets inserts",
      { files: files(100, 100) },
      "v2.4.5",
      "by inserts, for bulk import was tried with Milvus 2.3 alone, and this is v2.4.5",
    ],
  ])("%s, and the plan says so", async (_, o, version, way) => {
    const { report } = await plan(manifestOf([entry("a", o)]), { imports, version });
    expect(report.steps[0]).toContain(`MiB), ${way}, loaded then`);
  });

  test("files of one partition become one file, up to a size", () => {
    const groups = importGroups(files(60, 60, 60, 60, 60));
    expect(groups.map((group) => group.map(({ path }) => path))).toEqual([
      ["data/0.parquet", "data/2.parquet"],
      ["data/1.parquet", "data/3.parquet"],
      ["data/4.parquet"],
    ]);
  });
});

test("all is restored as it was named, in databases that are made first", async () => {
  const { report, databases } = await plan(
    manifestOf([entry("a"), entry("b", { database: "shop", rows: 7 })]),
  );
  expect(databases.map(({ name }) => name)).toEqual(["shop"]);
  expect(report).toEqual({
    steps: [
      "create database shop",
      "restore default/a: 0 rows (0.0 MiB), loaded then",
      "restore shop/b: 7 rows (0.0 MiB), loaded then",
    ],
    warnings: [],
    refusals: [],
  });
});

test("what exists is in the way, unless it is to be replaced, restored beside, or was restored before", async () => {
  const manifest = manifestOf([entry("a")]);
  const here = ["a"];
  expect((await plan(manifest, { here })).report.refusals).toEqual([
    "default/a exists: restore under another name (rename), or replace it (drop existing)",
  ]);
  const replaced = await plan(manifest, { here, dropExisting: true });
  expect(replaced.report.refusals).toEqual([]);
  expect(replaced.report.steps.join()).toContain("in place of the one that exists");
  expect((await plan(manifest, { here, rename: { a: "shop/a2" } })).report).toMatchObject({
    refusals: [],
    steps: ["create database shop", "restore default/a as shop/a2: 0 rows (0.0 MiB), loaded then"],
  });
  expect((await plan(manifest, { here, done: ["default/a"] })).report.refusals).toEqual([]);
});

test("a restoration that is gone on with leaves alone what is back", async () => {
  const manifest = manifestOf([entry("a"), entry("b")]);
  const { report, collections } = await plan(manifest, { here: ["a"], keepExisting: true });
  expect(report.steps).toEqual([
    "leave default/a as it is: it exists",
    "restore default/b: 0 rows (0.0 MiB), loaded then",
  ]);
  expect([report.refusals, collections.map(({ to }) => to.name)]).toEqual([[], ["b"]]);
});

test("an alias of that name is in the way, too", async () => {
  const { report } = await plan(manifestOf([entry("a")]), { aliases: ["a"], dropExisting: true });
  expect(report.refusals).toEqual(["default/a is an alias of another collection: drop the alias first"]);
});

test("a half of an earlier restoration is not in the way, nor backed up", async () => {
  const { report } = await plan(manifestOf([entry("a")]), { here: ["_restoring_a"] });
  expect(report.refusals).toEqual([]);
});

test("two collections do not become one", async () => {
  const manifest = manifestOf([entry("a"), entry("b")]);
  expect((await plan(manifest, { rename: { b: "a" } })).report.refusals).toEqual([
    "several collections would become default/a: rename them apart",
  ]);
});

test("what is to be renamed has to be restored, and what is asked for has to be in the backup", async () => {
  const manifest = manifestOf([entry("a"), entry("b")]);
  await expect(plan(manifest, { collections: ["a"], rename: { b: "c" } })).rejects.toThrow(
    "default/b: to be renamed, but not restored",
  );
  await expect(plan(manifest, { collections: ["x"] })).rejects.toThrow(
    "there is no collection default/x; there is default/a, default/b",
  );
});

const needing: [string, Partial<CollectionEntry>, string][] = [
  [
    "bfloat16",
    { fields: [ID, field("v", "BFloat16Vector", { params: { dim: "4" } })] },
    "field v (BFloat16Vector) needs Milvus 2.4",
  ],
  [
    "sparse",
    { fields: [ID, field("v", "SparseFloatVector")] },
    "field v (SparseFloatVector) needs Milvus 2.4",
  ],
  ["int8", { fields: [ID, field("v", "Int8Vector")] }, "field v (Int8Vector) needs Milvus 2.6"],
  ["two vectors", { fields: [ID, V, { ...V, name: "w" }] }, "more than one vector field needs Milvus 2.4"],
  ["nullable", { fields: [ID, V, nullable()] }, "nullable field n needs Milvus 2.5"],
  [
    "default",
    { fields: [ID, V, field("d", "Int64", { default: "7" })] },
    "the default of field d needs Milvus 2.5",
  ],
  ["function", { functions: [bm25()] }, "function f needs Milvus 2.5"],
];

function nullable(): FieldEntry {
  return field("n", "Int64", { nullable: true });
}
function bm25(): CollectionEntry["functions"][number] {
  return { name: "f", description: "", type: "BM25", inputs: ["t"], outputs: ["s"], params: {} };
}

test.each(needing)("%s: an older Milvus is refused, a newer one takes it", async (_name, o, what) => {
  const manifest = manifestOf([entry("a", o)]);
  expect((await plan(manifest)).report.refusals).toEqual([
    expect.stringContaining(`default/a: ${what} or newer, and this is v2.3.5`),
  ]);
  expect((await plan(manifest, { version: "v2.6.11" })).report.refusals).toEqual([]);
});

test("what gets lost is said: an index, keys that Milvus makes, aliases, users", async () => {
  const index = { name: "i", field: "t", params: { index_type: "INVERTED" } };
  const fields = [{ ...ID, autoId: true }, V];
  const manifest = manifestOf([entry("a", { indexes: [index], fields, aliases: ["x"] })], {
    users: [
      { name: "root", roles: [] },
      { name: "bob", roles: ["r"] },
    ],
    roles: [{ name: "r", grants: [] }],
  });
  const { warnings, steps } = (await plan(manifest, { rename: { a: "b" } })).report;
  expect(warnings.join("\n")).toMatch(
    /index INVERTED on t needs .*no index\n.*new ones.*\n.*does not get the aliases x.*\n.*users cannot.* of bob /,
  );
  expect(steps.at(-1)).toBe("make roles and their grants: r");
  const part = (await plan(manifest, { collections: ["a"] })).report;
  expect(part.steps.join()).not.toContain("roles");
});

test.each(["", "a b", "a/b/c", "../x", "1a", "a/", "é"])("%j is no name of a collection", (text) => {
  expect(() => parseName(text)).toThrow(/is no name of a collection: say/);
});

test("a database that is not there is named", () => {
  const there = { databases: ["default"], collections: [{ database: "default", name: "a" }] };
  expect(() => choose(there, { databases: ["shop"] })).toThrow(
    "there is no database shop; there is default/a",
  );
});

test("a manifest whose files lie outside of the backup is none", () => {
  const file = (path: string) => ({ path, rows: 1, bytes: 1, sha256: "0".repeat(64) });
  const parsed = (path: string) =>
    manifestSchema.safeParse(manifestOf([entry("a", { files: [file(path)] })])).success;
  expect(parsed("data/default/a/000001.parquet")).toBe(true);
  for (const bad of ["../x", "data/../../x", "/etc/passwd", "data//x", "data/a/.."])
    expect(parsed(bad)).toBe(false);
});
