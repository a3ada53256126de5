import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { MANIFEST, type BackedUpObject } from "../../daemon/backups/manifest";
import type { Cluster } from "../cluster";
import { eachFile, isWhole, parseManifest, refuseUnseen, totalOf } from "./local";

export interface Exported {
  readonly name: string;
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
}

/** Copies a backup into a directory of its name; files that are there and whole are not fetched again. Its manifest comes last. */
export async function exportBackup(cluster: Cluster, name: string, to: string): Promise<Exported> {
  refuseUnseen(cluster, to);
  const directory = join(to, name);
  const text = await textOf(cluster, name);
  const manifest = parseManifest(`${name}/${MANIFEST}`, text);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await eachFile(manifest, (file) => fetchFile(cluster, name, directory, file));
  await writeFile(join(directory, MANIFEST), text, { mode: 0o600 });
  return { name, directory, ...totalOf(manifest) };
}

async function textOf(cluster: Cluster, name: string): Promise<string> {
  const { body, close } = await cluster.ask((client) => client.backups.open(name, MANIFEST));
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
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
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await cluster.ask(async (client) => {
      const { body, close } = await client.backups.open(name, file.path);
      try {
        await pipeline(body, createWriteStream(join(directory, part), { mode: 0o600 }));
      } finally {
        close();
      }
    });
    if (!(await isWhole(directory, { ...file, path: part }))) {
      throw new Error(
        `${name}/${file.path} is not what was written: backups verify ${name} tells of all such files`,
      );
    }
    await rename(join(directory, part), path);
  } catch (error) {
    await rm(join(directory, part), { force: true });
    throw error;
  }
}
