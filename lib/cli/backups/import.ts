import { Readable } from "node:stream";
import { MANIFEST, type BackedUpObject } from "../../daemon/backups/manifest";
import type { Cluster } from "../cluster";
import { eachFile, totalOf } from "./local";
import type { Source } from "./source";

export interface Imported {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
}

/** Sends a backup's files, its manifest last. Nothing is sent of one that is not whole. */
export async function importBackup(cluster: Cluster, from: Source, as?: string): Promise<Imported> {
  const found = await from.manifest();
  const manifest = { ...found, name: as ?? found.name };
  const { name } = manifest;
  await eachFile(manifest, async (file) => {
    if (await from.isWhole(file)) return;
    throw new Error(`${from.nameOf(file.path)} is missing, or not what was written`);
  });
  await cluster.ask((client) => client.backups.begin(name));
  await eachFile(manifest, (file) => send(cluster, name, from, file));
  const text = Buffer.from(JSON.stringify(manifest));
  await cluster.ask((client) =>
    client.backups.put(name, MANIFEST, { stream: Readable.from([text]), bytes: text.length }),
  );
  return { name, ...totalOf(manifest) };
}

async function send(
  cluster: Cluster,
  name: string,
  from: Source,
  { path, bytes, sha256 }: BackedUpObject,
): Promise<void> {
  const written = await cluster.ask((client) =>
    client.backups.put(name, path, { stream: from.open(path), bytes }),
  );
  if (written.sha256 !== sha256) throw new Error(`${path} arrived as something else: import it again`);
}
