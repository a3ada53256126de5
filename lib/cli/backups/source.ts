import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { MANIFEST, type BackedUpObject, type PortableBackup } from "../../daemon/backups/manifest";
import { digestOf, NotThere, type BackupTarget } from "../../daemon/backups/target";
import { isWhole, parseManifest, readManifest } from "./local";

/** An exported backup, wherever it lies. */
export interface Source {
  manifest(): Promise<PortableBackup>;
  /** Whether a file of it is what was written. */
  isWhole(file: BackedUpObject): Promise<boolean>;
  open(path: string): Readable;
  /** How a person calls a file of it. */
  nameOf(path: string): string;
}

export function inDirectory(directory: string): Source {
  return {
    manifest: () => readManifest(directory),
    isWhole: (file) => isWhole(directory, file),
    open: (path) => createReadStream(join(directory, path)),
    nameOf: (path) => join(directory, path),
  };
}

export function inStore(store: BackupTarget, name: string): Source {
  const { signal } = new AbortController();
  const nameOf = (path: string): string => `${store.name}/${name}/${path}`;
  const open = (path: string): AsyncIterable<Uint8Array> => store.get(`${name}/${path}`, signal);
  return {
    manifest: async () => parseManifest(nameOf(MANIFEST), (await buffer(open(MANIFEST))).toString()),
    isWhole: async ({ path, sha256 }) => {
      try {
        return (await digestOf(open(path))).sha256 === sha256;
      } catch (error) {
        if (error instanceof NotThere) return false;
        throw error;
      }
    },
    open: (path) => Readable.from(open(path)),
    nameOf,
  };
}
