/** An export onto a disk that gets full: a small file system in memory. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportBackup } from "../../lib/cli/backups/export";
import { backedUp, clusterIn, type There } from "../unit/cli/backup-fixture";

/** Room for the small files of a backup, and not for the large one. */
const SMALL = "size=128k";

let dir: string;
let disk: string;
let here: There;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "milvus-onprem-full-"));
  disk = await mkdtemp(join(tmpdir(), "milvus-onprem-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", SMALL, "tmpfs", disk]);
  here = await clusterIn(dir, "here");
});
afterEach(async () => {
  await here.close();
  execFileSync("umount", [disk]);
  for (const path of [dir, disk]) await rm(path, { recursive: true, force: true });
});

const files = async (): Promise<string[]> =>
  (await readdir(join(disk, "nightly"), { recursive: true, withFileTypes: true }))
    .filter((e) => e.isFile())
    .map(({ name }) => name)
    .sort();

test("the file that has no room is named, nothing half counts, and with more room a second run fetches the rest", async () => {
  await backedUp(here);
  await expect(exportBackup(here.cluster, "nightly", disk)).rejects.toThrow(
    `cannot write ${disk}/nightly/data/a/2.parquet: there is no room left. What is whole stays: run it again`,
  );
  const left = await files();
  expect(left).not.toContain("manifest.json");
  expect(left.filter((name) => name.endsWith(".part") || name === "2.parquet")).toEqual([]);
  execFileSync("mount", ["-o", "remount,size=4m", disk]);
  const read = jest.spyOn(here.bucket, "get");
  await exportBackup(here.cluster, "nightly", disk);
  const fetched = read.mock.calls.map(([path]) => path.split("/").at(-1));
  expect(fetched.filter((name) => left.includes(name!))).toEqual([]);
  expect(await files()).toEqual(["1.parquet", "2.parquet", "etcd.db", "manifest.json"]);
  expect((await readFile(join(disk, "nightly/data/a/2.parquet"))).length).toBe(300_000);
});
