import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { buffer } from "node:stream/consumers";
import { MANIFEST, type BackedUpObject } from "../../daemon/backups/manifest";
import type { Cluster } from "../cluster";
import { eachFile, isWhole, parseManifest, refuseUnseen, totalOf } from "./local";

export interface Exported {
  readonly name: string;
  /** Or folder of a store. */
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
}

/** Copies a backup into a directory of its name; files that are there and whole are not fetched again. Its manifest comes last. */
export async function exportBackup(cluster: Cluster, name: string, to: string): Promise<Exported> {
  refuseUnseen(cluster, to);
  const directory = join(to, name);
  const text = await manifestText(cluster, name);
  const manifest = parseManifest(`${name}/${MANIFEST}`, text);
  await written(directory, () => mkdir(directory, { recursive: true, mode: 0o700 }));
  await eachFile(manifest, (file) => fetchFile(cluster, name, directory, file));
  await writeManifest(directory, text);
  return { name, directory, ...totalOf(manifest) };
}

export const NOT_AS_WRITTEN = (name: string): string =>
  `is not what was written: backups verify ${name} tells of all such files`;

/** Whole or not at all: from then on it is a backup. */
async function writeManifest(directory: string, text: string): Promise<void> {
  const path = join(directory, MANIFEST);
  await written(path, async () => {
    try {
      await writeFile(`${path}.part`, text, { mode: 0o600 });
      await rename(`${path}.part`, path);
    } finally {
      await rm(`${path}.part`, { force: true });
    }
  });
}

/** Says where it was that this machine could not write; other failures are passed on. */
async function written<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !LOCAL.includes(code)) throw error;
    const what = code === "ENOSPC" || code === "EDQUOT" ? "there is no room left" : code;
    throw new Error(
      `cannot write ${path}: ${what}. What is whole stays: run it again once that is mended, and it goes on`,
      { cause: error },
    );
  }
}

/** Of a disk, and never of a connection. */
const LOCAL = ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "ENOTDIR"];

export async function manifestText(cluster: Cluster, name: string): Promise<string> {
  const { body, close } = await cluster.ask((client) => client.backups.open(name, MANIFEST));
  try {
    return (await buffer(body)).toString();
  } finally {
    close();
  }
}

async function fetchFile(
  cluster: Cluster,
  name: string,
  directory: string,
  file: BackedUpObject,
): Promise<void> {
  if (await isWhole(directory, file)) return;
  const path = join(directory, file.path);
  const part = `${file.path}.part`;
  await written(path, () => mkdir(dirname(path), { recursive: true, mode: 0o700 }));
  try {
    await cluster.ask(async (client) => {
      const { body, close } = await client.backups.open(name, file.path);
      try {
        const file = createWriteStream(join(directory, part), { mode: 0o600 });
        await written(path, () => pipeline(body, file));
      } finally {
        close();
      }
    });
    if (!(await isWhole(directory, { ...file, path: part }))) {
      throw new Error(`${name}/${file.path} ${NOT_AS_WRITTEN(name)}`);
    }
    await rename(join(directory, part), path);
  } catch (error) {
    await rm(join(directory, part), { force: true });
    throw error;
  }
}
