import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  MANIFEST,
  manifestSchema,
  objectsOf,
  type BackedUpObject,
  type Manifest,
  isPortable,
  type PortableBackup,
} from "../../daemon/backups/manifest";
import { digestOf } from "../../daemon/backups/target";
import { STAYS } from "../../daemon/backups/shelf";
import type { Cluster } from "../cluster";
import { UsageError } from "../exit";
import { eachOf } from "../../daemon/backups/portable/together";

/** Files under way at once. */
const AT_ONCE = 4;

/** Does work for every file of a backup, some at a time; the first failure ends it. */
export function eachFile(manifest: Manifest, work: (file: BackedUpObject) => Promise<void>): Promise<void> {
  return eachOf(objectsOf(manifest), AT_ONCE, new AbortController().signal, work);
}

/** On a peer a command runs in the daemon's container: what it writes elsewhere would be lost with it. */
export function refuseUnseen({ o: { dataRoot } }: Cluster, directory: string): void {
  if (dataRoot === undefined || resolve(directory).startsWith(`${dataRoot}/`)) return;
  throw new UsageError(
    `on a peer only ${dataRoot} of the VM can be seen from here: give a directory below it, or use a context elsewhere`,
  );
}

/** What a finished export or import tells. */
export function totalOf(manifest: Manifest): { files: number; bytes: number } {
  const files = objectsOf(manifest);
  return { files: files.length, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

/** Throws for what is no manifest of this release, or of a backup that cannot be carried. */
export function parseManifest(what: string, text: string): PortableBackup {
  const manifest = parsed(what, text);
  if (!isPortable(manifest)) throw new UsageError(`"${manifest.name}" stays where it is: ${STAYS}`);
  return manifest;
}

function parsed(what: string, text: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${what} is no manifest of a backup, or of another release`, { cause: error });
  }
}

export async function readManifest(directory: string): Promise<PortableBackup> {
  const path = join(directory, MANIFEST);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`no backup in ${directory}: ${path}: ${error.code ?? error.message}`);
  });
  return parseManifest(path, text);
}

/** Whether a file here is what was written. */
export async function isWhole(directory: string, { path, bytes, sha256 }: BackedUpObject): Promise<boolean> {
  try {
    const found = await digestOf(createReadStream(join(directory, path)));
    return found.bytes === bytes && found.sha256 === sha256;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
