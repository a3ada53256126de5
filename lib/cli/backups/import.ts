import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { MANIFEST, type BackedUpObject } from "../../daemon/backups/manifest";
import type { Cluster } from "../cluster";
import { eachFile, isWhole, readManifest, refuseUnseen, totalOf } from "./local";

export interface Imported {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
}

/** Sends a backup's files, its manifest last. Nothing is sent of one that is not whole. */
export async function importBackup(cluster: Cluster, directory: string, as?: string): Promise<Imported> {
  refuseUnseen(cluster, directory);
  const found = await readManifest(directory);
  const manifest = { ...found, name: as ?? found.name };
  const { name } = manifest;
  await eachFile(manifest, async (file) => {
    if (await isWhole(directory, file)) return;
    throw new Error(`${join(directory, file.path)} is missing, or not what was written`);
  });
  await cluster.ask((client) => client.backups.begin(name));
  await eachFile(manifest, (file) => send(cluster, name, directory, file));
  const text = Buffer.from(JSON.stringify(manifest));
  await cluster.ask((client) =>
    client.backups.put(name, MANIFEST, { stream: Readable.from([text]), bytes: text.length }),
  );
  return { name, ...totalOf(manifest) };
}

async function send(
  cluster: Cluster,
  name: string,
  directory: string,
  { path, bytes, sha256 }: BackedUpObject,
): Promise<void> {
  const written = await cluster.ask((client) =>
    client.backups.put(name, path, { stream: createReadStream(join(directory, path)), bytes }),
  );
  if (written.sha256 !== sha256) throw new Error(`${path} arrived as something else: import it again`);
}
