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
  const path = posix.normalize(dataRoot).replace(/(.)\/$/, "$1");
  const sound = posix.isAbsolute(dataRoot) && !/[:\n\0]/.test(dataRoot);
  if (sound && !SYSTEM_TREES.test(path) && !SYSTEM_DIRECTORIES.test(path)) return;
  throw new HostError("options", target, {
    what: `cannot use data directory ${JSON.stringify(dataRoot)}`,
    why: sound ? "it belongs to the system" : "it is not a plain absolute path",
    fix: "Give a directory of its own, e.g. /var/lib/milvus-onprem or /data/milvus",
  });
}
