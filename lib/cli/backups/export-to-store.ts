import { MANIFEST, type BackedUpObject } from "../../daemon/backups/manifest";
import { once, type BackupTarget } from "../../daemon/backups/target";
import type { Cluster } from "../cluster";
import { manifestText, NOT_AS_WRITTEN, type Exported } from "./export";
import { inStore } from "./source";
import { eachFile, parseManifest, totalOf } from "./local";

/** Copies a backup into a store, past this machine's disk. What is there and whole is not sent again. Its manifest comes last. */
export async function exportToStore(cluster: Cluster, name: string, store: BackupTarget): Promise<Exported> {
  const { signal } = new AbortController();
  const text = await manifestText(cluster, name);
  const manifest = parseManifest(`${name}/${MANIFEST}`, text);
  const there = inStore(store, name);
  await eachFile(manifest, async (file) => {
    if (!(await there.isWhole(file))) await send(cluster, name, store, file, signal);
  });
  await store.put(`${name}/${MANIFEST}`, once(text), signal);
  return { name, directory: `${store.name}/${name}`, ...totalOf(manifest) };
}

async function send(
  cluster: Cluster,
  name: string,
  store: BackupTarget,
  { path, sha256 }: BackedUpObject,
  signal: AbortSignal,
): Promise<void> {
  const to = `${name}/${path}`;
  await cluster.ask(async (client) => {
    const { body, close } = await client.backups.open(name, path);
    try {
      const put = await store.put(to, body, signal);
      if (put.sha256 === sha256) return;
      await store.remove(to, signal);
      throw new Error(`${to} ${NOT_AS_WRITTEN(name)}`);
    } finally {
      close();
    }
  });
}
