import { posix } from "node:path";
import { HostError } from "./errors";

/** Marks a data directory as ours, made or found empty: only such a one is ever deleted. */
export const DATA_ROOT_MARKER = ".milvus-onprem";

/** Directories, and everything in the first kind, that are never somebody's data directory. */
const SYSTEM_TREES = /^\/(bin|boot|dev|etc|lib|lib32|lib64|proc|run|sbin|sys|usr)(\/|$)/;
const SYSTEM_DIRECTORIES =
  /^\/(home|media|mnt|opt|root|srv|tmp|var|var\/(cache|lib|lib\/docker|log|spool|tmp))?$/;

/** Throws a HostError for a data directory that cannot be meant: it is mounted into containers and deleted when asked. */
export function refuseSystemDirectory(target: string, dataRoot: string): void {
  if (isPlain(dataRoot) && !isSystemDirectory(dataRoot)) return;
  throw new HostError("options", target, {
    what: `cannot use data directory ${JSON.stringify(dataRoot)}`,
    why: isPlain(dataRoot) ? "it belongs to the system" : "it is not a plain absolute path",
    fix: "Give a directory of its own, e.g. /var/lib/milvus-onprem or /data/milvus",
  });
}

/** Throws a HostError for a mount point that cannot be that of a drive; others may be as wide as /srv: we keep to a folder in it. */
export function refuseSystemMount(target: string, mountPoint: string): void {
  const path = normal(mountPoint);
  if (isPlain(mountPoint) && path !== "/" && !SYSTEM_TREES.test(path)) return;
  throw new HostError("options", target, {
    what: `cannot use mount point ${JSON.stringify(mountPoint)}`,
    why: isPlain(mountPoint) ? "it belongs to the system" : "it is not a plain absolute path",
    fix: "Mount the drive at a directory of its own, e.g. /mnt/disk1",
  });
}

export function isSystemDirectory(path: string): boolean {
  return SYSTEM_TREES.test(normal(path)) || SYSTEM_DIRECTORIES.test(normal(path));
}

const isPlain = (path: string): boolean => posix.isAbsolute(path) && !/[:\n\t\0]/.test(path);
const normal = (path: string): string => posix.normalize(path).replace(/(.)\/$/, "$1");
