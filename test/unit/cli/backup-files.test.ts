/** Backups out of one cluster and into another, over real TLS; a folder is each cluster's bucket. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { exportBackup } from "../../../lib/cli/backups/export";
import { importBackup } from "../../../lib/cli/backups/import";
import { exportToStore } from "../../../lib/cli/backups/export-to-store";
import { inDirectory, inStore } from "../../../lib/cli/backups/source";
import { storeAt, type StoreOptions } from "../../../lib/cli/backups/store";
import { Cluster } from "../../../lib/cli/cluster";
import { UsageError } from "../../../lib/cli/exit";
import { FolderTarget } from "../../../lib/daemon/backups/folder";
import { once } from "../../../lib/daemon/backups/target";
import { temporaryDir } from "../daemon/support";
import { backedUp, clusterIn, type There } from "./backup-fixture";

const dir = temporaryDir();
const closing: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

const cluster = async (name: string): Promise<There> => {
  const there = await clusterIn(dir.path(), name);
  closing.push(there.close);
  return there;
};

const out = () => join(dir.path(), "out");
const PATHS = ["data/a/1.parquet", "data/a/2.parquet", "etcd.db", "manifest.json"];
const filesIn = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name).slice(directory.length + 1))
    .sort();

test("a backup travels to another cluster and is the same there, by another name if that is wanted", async () => {
  const [here, there] = [await cluster("here"), await cluster("there")];
  const manifest = await backedUp(here);
  const { directory, files } = await exportBackup(here.cluster, "nightly", out());
  expect([files, await filesIn(directory)]).toEqual([3, PATHS]);
  for (const path of PATHS) expect((await stat(join(directory, path))).mode & 0o077).toBe(0);
  await importBackup(there.cluster, inDirectory(directory), "of-march");
  expect(await there.shelf.manifest("of-march")).toEqual({ ...manifest, name: "of-march" });
  for (const path of PATHS.slice(0, 3)) {
    const [a, b] = [join(here.bucket.dir, "nightly", path), join(there.bucket.dir, "of-march", path)];
    expect(sha256(await readFile(b))).toBe(sha256(await readFile(a)));
  }
});

const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

test("an export goes on with what is missing or damaged, and fetches nothing twice", async () => {
  const here = await cluster("here");
  await backedUp(here);
  const { directory } = await exportBackup(here.cluster, "nightly", out());
  await writeFile(join(directory, "data/a/1.parquet"), "two");
  await rm(join(directory, "etcd.db"));
  const read = jest.spyOn(here.bucket, "get");
  await exportBackup(here.cluster, "nightly", out());
  expect(read.mock.calls.map(([path]) => path).sort()).toEqual(
    ["data/a/1.parquet", "etcd.db", "manifest.json"].map((path) => `nightly/${path}`),
  );
  expect(await readFile(join(directory, "data/a/1.parquet"), "utf8")).toBe("one");
});

test("an export of a damaged backup names the file, and leaves no manifest", async () => {
  const here = await cluster("here");
  await backedUp(here);
  await writeFile(join(here.bucket.dir, "nightly/etcd.db"), "metadatA");
  await expect(exportBackup(here.cluster, "nightly", out())).rejects.toThrow(
    "nightly/etcd.db is not what was written",
  );
  expect(await filesIn(join(out(), "nightly"))).not.toContain("manifest.json");
});

test("an export of what is not there makes nothing", async () => {
  const here = await cluster("here");
  await expect(exportBackup(here.cluster, "nightly", out())).rejects.toThrow("has no nightly/manifest.json");
  await expect(stat(out())).rejects.toThrow("ENOENT");
});

test("on a peer, a directory that its container does not see is refused before anything is read", async () => {
  const here = await cluster("here");
  await backedUp(here);
  const peer = new Cluster({ ...here.cluster.o, dataRoot: join(dir.path(), "data") });
  for (const to of ["/root", join(dir.path(), "data-of-others"), join(dir.path(), "data/../out")]) {
    await expect(exportBackup(peer, "nightly", to)).rejects.toThrow("give a directory below it");
  }
  await exportBackup(peer, "nightly", join(dir.path(), "data/out"));
});

describe("a store", () => {
  const store = () => new FolderTarget(join(dir.path(), "store"));

  test("takes a backup past this machine's disk, and gives it to another cluster", async () => {
    const [here, there] = [await cluster("here"), await cluster("there")];
    const manifest = await backedUp(here);
    expect(await exportToStore(here.cluster, "nightly", store())).toMatchObject({
      ...{ directory: `${store().dir}/nightly`, files: 3 },
    });
    expect(await filesIn(join(store().dir, "nightly"))).toEqual(PATHS);
    await importBackup(there.cluster, inStore(store(), "nightly"), "of-march");
    expect(await there.shelf.manifest("of-march")).toEqual({ ...manifest, name: "of-march" });
  });

  test("is sent what is missing or damaged there, and nothing twice", async () => {
    const here = await cluster("here");
    await backedUp(here);
    await exportToStore(here.cluster, "nightly", store());
    await writeFile(join(store().dir, "nightly/data/a/1.parquet"), "two");
    await rm(join(store().dir, "nightly/etcd.db"));
    const read = jest.spyOn(here.bucket, "get");
    await exportToStore(here.cluster, "nightly", store());
    expect(read.mock.calls.map(([path]) => path).sort()).toEqual(
      ["data/a/1.parquet", "etcd.db", "manifest.json"].map((path) => `nightly/${path}`),
    );
    expect(await readFile(join(store().dir, "nightly/data/a/1.parquet"), "utf8")).toBe("one");
  });

  test("keeps nothing of a file that is not what was written, and gets no manifest", async () => {
    const here = await cluster("here");
    await backedUp(here);
    await writeFile(join(here.bucket.dir, "nightly/etcd.db"), "metadatA");
    await expect(exportToStore(here.cluster, "nightly", store())).rejects.toThrow(
      "nightly/etcd.db is not what was written",
    );
    const left = await filesIn(join(store().dir, "nightly"));
    expect([left.includes("etcd.db"), left.includes("manifest.json")]).toEqual([false, false]);
  });

  test("gives nothing of a backup that is not whole there", async () => {
    const [here, there] = [await cluster("here"), await cluster("there")];
    await backedUp(here);
    await exportToStore(here.cluster, "nightly", store());
    await rm(join(store().dir, "nightly/data/a/2.parquet"));
    await expect(importBackup(there.cluster, inStore(store(), "nightly"))).rejects.toThrow(
      `${store().dir}/nightly/data/a/2.parquet is missing, or not what was written`,
    );
    expect(await there.shelf.list()).toEqual([]);
  });

  test.each<[string, StoreOptions, string]>([
    ["s3://bucket", {}, "a place in a store is s3://bucket/folder"],
    ["s3://key:secret@bucket/folder", {}, "a place in a store is s3://bucket/folder"],
    ["s3://bucket/folder", {}, "--s3-endpoint https://host[:port]"],
    ["s3://bucket/folder", { s3Endpoint: "host" }, "--s3-endpoint https://host[:port]"],
    ["s3://bucket/folder", { s3Endpoint: "https://host" }, "give --s3-key-file"],
    ["out", { s3KeyFile: "keys" }, "--s3-… needs a place that is s3://bucket/folder"],
  ])("is refused as %s %j", async (place, o, why) => {
    const { cluster: here } = await cluster("here");
    const refused = await storeAt(place, o, here).catch((error: Error) => error);
    expect(refused).toBeInstanceOf(UsageError);
    expect((refused as Error).message).toContain(why);
    expect((refused as Error).message).not.toContain("secret@");
  });
});

describe("an import", () => {
  let there: There;
  let directory: string;
  beforeEach(async () => {
    const here = await cluster("here");
    there = await cluster("there");
    await backedUp(here);
    directory = (await exportBackup(here.cluster, "nightly", out())).directory;
  });

  test("sends nothing of a backup that is not whole, and names the file", async () => {
    await writeFile(join(directory, "data/a/2.parquet"), "short");
    await expect(importBackup(there.cluster, inDirectory(directory))).rejects.toThrow(
      `${join(directory, "data/a/2.parquet")} is missing, or not what was written`,
    );
    expect(await there.shelf.list()).toEqual([]);
  });

  test("refuses a name that is taken, and leaves that backup as it is", async () => {
    const before = await backedUp(there);
    await expect(importBackup(there.cluster, inDirectory(directory))).rejects.toThrow(
      'there is a backup "nightly"',
    );
    expect(await there.shelf.manifest("nightly")).toEqual(before);
  });

  test("goes on after an interruption, and is no backup until its manifest is there", async () => {
    await there.shelf.claimForImport("nightly");
    const file = join(there.bucket.dir, "nightly/data/a/1.parquet");
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "hal");
    expect(await there.shelf.find("nightly")).toBeUndefined();
    await importBackup(there.cluster, inDirectory(directory));
    expect(await readFile(file, "utf8")).toBe("one");
    await expect(importBackup(there.cluster, inDirectory(directory))).rejects.toThrow(
      'there is a backup "nightly"',
    );
  });

  test("a manifest is refused while a file of it is missing", async () => {
    await there.shelf.claimForImport("nightly");
    const text = await readFile(join(directory, "manifest.json"), "utf8");
    await expect(there.shelf.bring("nightly", "manifest.json", once(text))).rejects.toThrow(
      "data/a/1.parquet is missing, or not whole: send it before the manifest",
    );
  });

  test("no path leads out of the backup", async () => {
    const { client } = there.cluster.o.daemons[0]!;
    const content = { stream: Readable.from([Buffer.from("x")]), bytes: 1 };
    await expect(client.backups.put("nightly", "../../etc/passwd", content)).rejects.toThrow("path");
  });
});
