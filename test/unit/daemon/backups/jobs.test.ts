import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { replyOf, summaryOf } from "../../../../lib/daemon/backups/describe";
import type { CollectionEntry, DataManifest } from "../../../../lib/daemon/backups/manifest";
import {
  backupData,
  drillData,
  restoreData,
  verifyData,
  type EngineContext,
} from "../../../../lib/daemon/backups/portable";
import { Shelf } from "../../../../lib/daemon/backups/shelf";
import { createBackup } from "../../../../lib/daemon/jobs/types/backups/create";
import { deleteBackup } from "../../../../lib/daemon/jobs/types/backups/delete";
import { drillBackup } from "../../../../lib/daemon/jobs/types/backups/drill";
import { restoreBackup } from "../../../../lib/daemon/jobs/types/backups/restore";
import { verifyBackup } from "../../../../lib/daemon/jobs/types/backups/verify";
import { canonicalJson } from "../../../../lib/spec/canonical";
import { Peers, TestJob } from "../peers-support";
import { temporaryDir } from "../support";

jest.mock("../../../../lib/daemon/backups/portable", () => ({
  ...jest.requireActual<object>("../../../../lib/daemon/backups/portable"),
  backupData: jest.fn(),
  drillData: jest.fn(),
  restoreData: jest.fn(),
  verifyData: jest.fn(),
}));
const engine = {
  backup: jest.mocked(backupData),
  drill: jest.mocked(drillData),
  restore: jest.mocked(restoreData),
  verify: jest.mocked(verifyData),
};

const dir = temporaryDir();
const signal = new AbortController().signal;
let peers: Peers;
let shelf: Shelf;
beforeEach(async () => {
  peers = await Peers.start(dir.path());
  shelf = new Shelf(peers.bucket, signal);
  engine.verify.mockResolvedValue([]);
  engine.backup.mockReset().mockImplementation(twoCollections);
  engine.restore.mockReset().mockImplementation(async (_, { onCollection }) => {
    const restored = ["a", "b"].map((name) => ({ from: `default/${name}`, to: `default/${name}`, rows: 2 }));
    for (const one of restored) await onCollection(one);
    return { steps: ["make default/a", "make default/b"], warnings: [], refusals: [], restored };
  });
});
afterEach(() => peers.stop());

const AT = { tso: "449", at: "2026-01-02T03:04:05.000Z" };
const WINDOW = { from: AT, to: AT };

const entry = (name: string): CollectionEntry => ({
  ...{ database: "default", name, description: "", shards: 1, consistencyLevel: "Bounded" },
  ...{ dynamicFields: false, functions: [], indexes: [], partitions: [], properties: {}, aliases: [] },
  fields: [
    {
      ...{ name: "id", description: "", type: "Int64", primaryKey: true, autoId: false, partitionKey: false },
      ...{ clusteringKey: false, nullable: false, computed: false, params: {} },
    },
  ],
  ...{ replicas: 1, read: WINDOW, rows: 2, files: [] },
});

/** What a dead leader's run is asked of, and what a living one does. */
const twoCollections: typeof backupData = async (_, { done, onCollection }) => {
  const collections: CollectionEntry[] = [];
  for (const name of ["a", "b"]) {
    const found = done.find((c) => c.name === name);
    if (!found) await onCollection(entry(name));
    collections.push(found ?? entry(name));
  }
  return {
    engine: "portable",
    server: "2.3.5",
    read: WINDOW,
    databases: [],
    collections,
  } satisfies DataManifest;
};

const create = (params: { name?: string; collections?: string[] } = {}, id?: string) =>
  new TestJob(peers, createBackup, params, id);
const objects = async (): Promise<string[]> => {
  const found: string[] = [];
  for await (const { path } of peers.bucket.list("")) found.push(path);
  return found.sort();
};

describe("create-backup", () => {
  test("leaves data, etcd and the spec in force under one name, and nothing of the way there", async () => {
    const result = await create({ name: "nightly" }).run(peers.elect("peer-1"));
    expect(result).toMatchObject({ name: "nightly", collections: 2, rows: 4 });
    expect(await objects()).toEqual(
      ["etcd.db", "job.json", "manifest.json", "spec.json"].map((f) => `nightly/${f}`),
    );
    const manifest = await shelf.manifest("nightly");
    expect(manifest.data.collections.map((c) => c.name)).toEqual(["a", "b"]);
    expect(manifest.cluster).toMatchObject({ name: "vectors", id: "c1", milvus: "v2.3.5" });
    const spec = await readFile(join(peers.bucket.dir, "nightly/spec.json"), "utf8");
    expect(spec).toBe(canonicalJson(peers.spec));
    expect(manifest.spec).toMatchObject({ path: "spec.json", bytes: spec.length });
  });

  test("has a name of its own when none is given, and asks for what the job was asked for", async () => {
    const { name } = await create({ collections: ["a"] }).run(peers.elect("peer-1"));
    expect(name).toMatch(/^\d{8}T\d{6}Z-/);
    expect(engine.backup.mock.lastCall![1]).toMatchObject({ prefix: name, collections: ["a"] });
  });

  test("a successor reads only what its dead predecessor had not read", async () => {
    engine.backup.mockImplementationOnce(async (_, { onCollection }) => {
      await onCollection(entry("a"));
      throw new Error("leadership has ended");
    });
    const job = create({ name: "nightly" });
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow("leadership has ended");
    await job.run(peers.elect("peer-2"));
    expect(engine.backup.mock.lastCall![1].done.map((c) => c.name)).toEqual(["a"]);
    expect((await shelf.manifest("nightly")).data.collections).toHaveLength(2);
  });

  test("a successor that finds all of it written does not read again", async () => {
    const job = create({ name: "nightly" });
    await job.run(peers.elect("peer-1"), { until: "control" });
    job.done.clear();
    await job.run(peers.elect("peer-2"));
    expect(engine.backup).toHaveBeenCalledTimes(1);
    job.done.clear();
    await job.run(peers.elect("peer-3"));
    expect((await shelf.manifest("nightly")).job).toBe(job.id);
  });

  test("refuses a name that is taken, finished or not, and touches nothing of it", async () => {
    await create({ name: "nightly" }).run(peers.elect("peer-1"));
    const again = create({ name: "nightly" }, "0mijk2x9b-4f8q1z");
    await expect(again.run(peers.elect("peer-1"))).rejects.toThrow(
      /there is a backup "nightly" of .*: take another/,
    );
    await create({ name: "half" }).run(peers.elect("peer-1"), { until: "begin" });
    const other = create({ name: "half" }, "0mijk2x9b-4f8q1z");
    await expect(other.run(peers.elect("peer-1"))).rejects.toThrow('there is an unfinished backup "half"');
    expect(engine.backup).toHaveBeenCalledTimes(1);
  });

  test.each(["../etc", "a/b", "", ".hidden", "x".repeat(64), "ümlaut"])("refuses the name %j", (name) => {
    expect(createBackup.params.safeParse({ name }).success).toBe(false);
  });
});

describe("what is kept", () => {
  const scheduled = (night: number, retain = true) => {
    const name = `scheduled-2026010${night}T020000Z`;
    const keep = { last: 2, daily: 0, weekly: 0, monthly: 0 };
    const job = new TestJob(
      peers,
      createBackup,
      { name, ...(retain ? { retain: { keep, timeZone: "UTC" } } : {}) },
      `0mijk2x9${night}-4f8q1z`,
    );
    return job;
  };

  test("are the newest scheduled ones, and all that a person has made; what failed is removed", async () => {
    const leader = peers.elect("peer-1");
    await create({ name: "by-hand" }).run(leader);
    await create({ name: "by-hand-half" }, "0mijk2x9y-4f8q1z").run(leader, { until: "data" });
    for (const night of [1, 2, 3]) await scheduled(night).run(leader);
    await scheduled(4).run(leader, { until: "data" });
    const last = scheduled(5);
    await last.run(leader);
    expect((await shelf.list()).map(({ name }) => name).sort()).toEqual([
      ...["by-hand", "by-hand-half", "scheduled-20260103T020000Z", "scheduled-20260105T020000Z"],
    ]);
    expect(last.lines.slice(-2).sort()).toEqual([
      'info: "scheduled-20260102T020000Z" is kept no longer: deleted',
      'info: "scheduled-20260104T020000Z" is kept no longer: deleted',
    ]);
    expect(last.result.deleted).toBe(2);
  });
});

describe("in a target that several clusters have", () => {
  const keep = { last: 1, daily: 0, weekly: 0, monthly: 0 };
  const scheduled = (night: number, retain = true) =>
    new TestJob(
      peers,
      createBackup,
      { name: `scheduled-2026010${night}T020000Z`, ...(retain ? { retain: { keep, timeZone: "UTC" } } : {}) },
      `0mijk2x9${night}-4f8q1z`,
    );
  const asOther = async (path: string, change: (found: { cluster: unknown }) => object) => {
    const file = join(peers.bucket.dir, path);
    await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, "utf8")))));
  };

  test("those of another one are not this one's to delete, finished or not", async () => {
    const leader = peers.elect("peer-1");
    for (const night of [1, 3, 4])
      await scheduled(night, false).run(leader, night === 3 ? { until: "data" } : {});
    const path = (night: number) => `scheduled-2026010${night}T020000Z`;
    await asOther(`${path(1)}/manifest.json`, (m) => ({
      ...m,
      cluster: { ...(m.cluster as object), id: "c2" },
    }));
    await asOther(`${path(3)}/job.json`, (claim) => ({ ...claim, cluster: "c2" }));
    await scheduled(5).run(leader);
    expect((await shelf.list()).map(({ name }) => name).sort()).toEqual([1, 3, 5].map(path));
  });

  test("what is no backup's is not listed", async () => {
    await create({ name: "one" }).run(peers.elect("peer-1"));
    await writeFile(join(peers.bucket.dir, ".probe-peer-1"), "x");
    expect((await shelf.list()).map(({ name }) => name)).toEqual(["one"]);
  });
});

describe("a list", () => {
  test("tells finished, unfinished and damaged ones apart, newest first", async () => {
    await create({ name: "one" }).run(peers.elect("peer-1"));
    await create({ name: "half" }, "0mijk2x9b-4f8q1z").run(peers.elect("peer-1"), { until: "data" });
    await create({ name: "two" }, "0mijk2x9c-4f8q1z").run(peers.elect("peer-1"));
    await create({ name: "three" }, "0mijk2x9d-4f8q1z").run(peers.elect("peer-1"));
    await writeFile(join(peers.bucket.dir, "two/manifest.json"), '{"format": 1');
    const found = (await shelf.list()).map(summaryOf);
    expect(found.map(({ name, state }) => [name, state]).slice(0, 2)).toEqual([
      ["three", "complete"],
      ["one", "complete"],
    ]);
    expect(found[0]).toMatchObject({ milvus: "v2.3.5", collections: 2, rows: 4, bytes: expect.any(Number) });
    expect(found.find(({ name }) => name === "half")).toMatchObject({ state: "unfinished" });
    expect(found.find(({ name }) => name === "two")).toMatchObject({
      state: "damaged",
      problem: `${peers.bucket.name}: two/manifest.json is damaged: it is no JSON`,
    });
  });

  test("what is in one: its collections and when they are from", async () => {
    await create({ name: "one" }).run(peers.elect("peer-1"));
    expect(replyOf(await shelf.manifest("one"))).toMatchObject({
      read: { from: AT.at, to: AT.at },
      collections: [{ name: "default/a", rows: 2, bytes: 0 }, { name: "default/b" }],
    });
    await expect(shelf.manifest("two")).rejects.toThrow(
      `there is no finished backup "two" in ${peers.bucket.name}`,
    );
  });
});

describe("verify-backup", () => {
  const verify = () => new TestJob(peers, verifyBackup, { name: "one" });
  beforeEach(() => create({ name: "one" }).run(peers.elect("peer-1")));

  test("a whole one is whole", async () => {
    const job = verify();
    expect(await job.run(peers.elect("peer-1"))).toEqual({ name: "one", files: 0, rows: 4, findings: [] });
    expect(job.lines).toEqual(['info: "one" is whole: 4 rows in 0 file(s)']);
  });

  test("names the file that was tampered with, and the one that is gone", async () => {
    const [etcd, spec] = ["etcd.db", "spec.json"].map((f) => join(peers.bucket.dir, "one", f)) as [
      string,
      string,
    ];
    const before = await readFile(etcd);
    before[0]! ^= 1;
    await writeFile(etcd, before);
    await rm(spec);
    const job = verify();
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow(
      '"one" is damaged: etcd.db: its content is not what was written, and 1 more',
    );
    expect(job.lines).toEqual([
      "error: etcd.db: its content is not what was written",
      "error: spec.json: it is gone",
    ]);
  });

  test("tells what the engine found in rows", async () => {
    engine.verify.mockResolvedValueOnce([{ path: "default/a/1.parquet", problem: "it is gone" }]);
    await expect(verify().run(peers.elect("peer-1"))).rejects.toThrow("default/a/1.parquet: it is gone");
  });
});

describe("drill-backup", () => {
  const FOUND = { collections: 2, rows: 4, compared: 4, searches: 2, findings: [] };
  const drill = (params: { name?: string } = {}) => new TestJob(peers, drillBackup, params);
  beforeEach(async () => {
    engine.drill.mockReset().mockResolvedValue(FOUND);
    await create({ name: "one" }).run(peers.elect("peer-1"));
  });

  test("tries the newest backup, and keeps a report", async () => {
    await create({ name: "two" }, "0mijk2x9b-4f8q1z").run(peers.elect("peer-1"));
    const { createdAt } = await shelf.manifest("two");
    const job = drill();
    expect(await job.run(peers.elect("peer-1"))).toEqual({ name: "two", createdAt, ...FOUND });
    expect(engine.drill.mock.lastCall![1]).toMatchObject({ prefix: "two", manifest: { name: "two" } });
    expect(job.lines).toEqual([
      'info: "two" comes back: 4 rows of 2 collection(s), 4 of them compared, 2 searches',
    ]);
    expect(await drill({ name: "one" }).run(peers.elect("peer-1"))).toMatchObject({ name: "one" });
  });

  test("fails with what did not come back as it was", async () => {
    const findings = [{ path: "default/a", problem: "1 rows came back of 2" }];
    engine.drill.mockResolvedValueOnce({ ...FOUND, findings });
    const job = drill({ name: "one" });
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow(
      '"one" does not come back as it was: 1 finding(s), first: 1 rows came back of 2',
    );
    expect(job.lines).toEqual(["error: default/a: 1 rows came back of 2"]);
  });

  test("fails where there is nothing to try", async () => {
    await shelf.remove("one");
    await expect(drill().run(peers.elect("peer-1"))).rejects.toThrow("there is no finished backup");
  });
});

describe("delete-backup", () => {
  test("leaves nothing of it, and the others as they are", async () => {
    await create({ name: "one" }).run(peers.elect("peer-1"));
    await create({ name: "one-more" }, "0mijk2x9b-4f8q1z").run(peers.elect("peer-1"));
    await new TestJob(peers, deleteBackup, { name: "one" }).run(peers.elect("peer-1"));
    expect((await objects()).filter((path) => !path.startsWith("one-more/"))).toEqual([]);
    expect(await shelf.find("one-more")).toBeDefined();
    expect(await readdir(peers.bucket.dir)).toContain("one-more");
  });

  test("refuses what is not there", async () => {
    const job = new TestJob(peers, deleteBackup, { name: "one" });
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow('there is no backup "one"');
  });
});

describe("restore-backup", () => {
  beforeEach(() => create({ name: "one" }).run(peers.elect("peer-1")));
  const restore = (params: object = {}) => new TestJob(peers, restoreBackup, { name: "one", ...params });

  test("hands the engine what was asked for, and tells what is back", async () => {
    const job = restore({ rename: { a: "c" }, load: false });
    expect(await job.run(peers.elect("peer-1"))).toMatchObject({ rows: 4, refusals: [] });
    const [ctx, o] = engine.restore.mock.lastCall!;
    expect(o).toMatchObject({
      prefix: "one",
      rename: { a: "c" },
      load: false,
      dropExisting: false,
      dryRun: false,
    });
    expect((ctx as EngineContext).target).toBe(peers.bucket);
  });

  test("a successor does not put back again what is back", async () => {
    engine.restore.mockImplementationOnce(async (_, { onCollection }) => {
      await onCollection({ from: "default/a", to: "default/a", rows: 2 });
      throw new Error("leadership has ended");
    });
    const job = restore();
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow("leadership has ended");
    await job.run(peers.elect("peer-2"));
    expect(engine.restore.mock.lastCall![1].done).toEqual(expect.arrayContaining(["default/a"]));
  });

  test("a trial tells what would be done, and fails when something will not fit", async () => {
    engine.restore.mockResolvedValueOnce({
      ...{ steps: ["make default/a"], warnings: ["a is smaller"], restored: [] },
      refusals: ["default/b exists"],
    });
    const job = restore({ dryRun: true });
    await expect(job.run(peers.elect("peer-1"))).rejects.toThrow(
      '"one" cannot be restored so: default/b exists',
    );
    expect(job.result).toMatchObject({ dryRun: true, steps: ["make default/a"], warnings: ["a is smaller"] });
    expect(job.lines).toEqual(["info: make default/a", "error: default/b exists"]);
  });

  test("one that is not finished cannot be restored", async () => {
    await rm(join(peers.bucket.dir, "one/manifest.json"));
    await expect(restore().run(peers.elect("peer-1"))).rejects.toThrow('there is no finished backup "one"');
    expect(engine.restore).not.toHaveBeenCalled();
  });
});
