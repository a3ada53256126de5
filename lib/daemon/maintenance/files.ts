import { readdir, rm, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import type { ClusterSpec } from "../../spec/spec";
import { MILVUS_DATA } from "../../spec/paths";
import { dataDir } from "../../spec/disks";
import { rolesIn } from "../../spec/roles";
import { beyond, SnapshotDir } from "../backups/snapshot-dir";
import type { Waste } from "./waste";

const DAY_MS = 86_400_000;
/** A write that has not moved for so long has died with its daemon. */
const DEAD_MS = 3_600_000;
/** What lib/daemon/files.ts calls a file that it has not finished. */
const DRAFT = /\.[0-9a-f]{12}$/;
/** What Milvus calls a log file that it has turned away from; the one that it writes to has no time in its name. */
const ROTATED = /-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d+\.log(\.gz)?$/;

/** Snapshots of etcd beyond the newest `keep`. */
export async function wasteSnapshots(dataRoot: string, keep: number): Promise<Waste[]> {
  const dir = new SnapshotDir(dataRoot);
  return beyond(await dir.list(), keep).map(({ name, bytes }) =>
    fileWaste("snapshot", join(dir.path, name), bytes),
  );
}

/** Files that were being written when a daemon was killed. */
export async function leftovers(dataRoot: string, configDir: string): Promise<Waste[]> {
  const snapshots = new SnapshotDir(dataRoot);
  const parts = (await snapshots.leftovers()).map(({ name, bytes }) =>
    fileWaste("leftover", join(snapshots.path, name), bytes),
  );
  const dirs = [configDir, join(configDir, "rendered"), join(dataRoot, "daemon")];
  const drafts = await Promise.all(dirs.map((dir) => old("leftover", dir, DRAFT, DEAD_MS)));
  return [...parts, ...drafts.flat()];
}

/**
 * Milvus' rotated log files. It writes any only where `log.file.rootPath` is set to a directory of its data; what containers
 * print is limited by the engine to 30 MB for each.
 */
export async function oldLogs(spec: ClusterSpec, dataRoot: string, days: number): Promise<Waste[]> {
  const root = spec.config["log.file.rootPath"];
  if (typeof root !== "string" || !`${posix.normalize(root)}/`.startsWith(`${MILVUS_DATA}/`)) return [];
  const below = posix.relative(MILVUS_DATA, root);
  const dirs = rolesIn(spec).map((role) => join(dataDir({ ...spec, dataRoot }, "milvus"), role.name, below));
  return (await Promise.all(dirs.map((dir) => old("log", dir, ROTATED, days * DAY_MS)))).flat();
}

async function old(kind: Waste["kind"], dir: string, pattern: RegExp, ageMs: number): Promise<Waste[]> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => pattern.test(name)).sort();
  const found = await Promise.all(
    names.map(async (name) => ({
      path: join(dir, name),
      at: await stat(join(dir, name)).catch(() => undefined),
    })),
  );
  return found.flatMap(({ path, at }) =>
    at?.isFile() && Date.now() - at.mtimeMs > ageMs ? [fileWaste(kind, path, at.size)] : [],
  );
}

function fileWaste(kind: Waste["kind"], name: string, bytes: number): Waste {
  const remove = async (): Promise<boolean> => {
    await rm(name, { force: true });
    return true;
  };
  return { kind, name, bytes, remove };
}
