import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { FolderTarget } from "../../daemon/backups/folder";
import { FORMAT, MANIFEST, type Manifest } from "../../daemon/backups/manifest";
import {
  backupData,
  restoreData,
  type EngineContext,
  type RestoreOptions,
  type RestoreReport,
} from "../../daemon/backups/portable";
import { openMilvus } from "../../daemon/milvus";
import { messageOf } from "../../daemon/wait";
import { BACKUP_NAME } from "../../spec/backups";
import { UsageError } from "../exit";
import { ProgressLine } from "../progress";
import { readManifest, totalOf } from "./local";

/** A Milvus, or Milvus Lite, that is no cluster of ours. */
export interface Elsewhere {
  /** `host:port`, without TLS. */
  readonly address: string;
  /** Holds root's password, where there is one. */
  readonly passwordFile?: string;
}

export type RestoreElsewhere = Pick<
  RestoreOptions,
  "collections" | "rename" | "dropExisting" | "keepExisting" | "load" | "dryRun"
>;

/** Puts an exported backup into it. */
export function restoreExport(at: Elsewhere, directory: string, o: RestoreElsewhere): Promise<RestoreReport> {
  const path = resolve(directory);
  return withEngine(at, dirname(path), async (ctx) => {
    const manifest = await readManifest(path);
    const whole = { ...o, manifest, prefix: basename(path), done: [], onCollection: async () => undefined };
    return restoreData(ctx, whole);
  });
}

export interface ExportedMilvus {
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
}

/** Writes all rows of it into a new directory, as an exported backup: without etcd, and without a spec. */
export function exportMilvus(
  at: Elsewhere,
  to: string,
  o: { name: string; collections?: string[] },
): Promise<ExportedMilvus> {
  const { name, collections } = o;
  if (!BACKUP_NAME.test(name)) throw new UsageError(`"${name}" cannot be the name of a backup`);
  const directory = join(resolve(to), name);
  return withEngine(at, dirname(directory), async (ctx) => {
    if (await readManifest(directory).catch(() => undefined))
      throw new Error(`there is a backup in ${directory}: give another --name, or another directory`);
    const options = { prefix: name, collections, done: [], onCollection: async () => undefined };
    const data = await backupData(ctx, options);
    const cluster = { name: at.address, id: at.address, milvus: data.server, generation: 0 };
    const createdAt = new Date().toISOString();
    const manifest: Manifest = { format: FORMAT, name, job: "export-milvus", createdAt, cluster, data };
    await writeFile(join(directory, MANIFEST), JSON.stringify(manifest), { mode: 0o600 });
    return { directory, ...totalOf(manifest) };
  });
}

function opened(address: string, password: string): ReturnType<typeof openMilvus> {
  return openMilvus(address, password).catch((error: unknown) => {
    throw new Error(`no Milvus lets root in at ${address}: ${messageOf(error)}`, { cause: error });
  });
}

/** What is under way ends, and is cleaned up, when somebody interrupts it. */
async function withEngine<T>(
  { address, passwordFile }: Elsewhere,
  folder: string,
  work: (ctx: EngineContext) => Promise<T>,
): Promise<T> {
  const password = passwordFile === undefined ? "" : (await readFile(passwordFile, "utf8")).trim();
  const line = new ProgressLine();
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt);
  try {
    return await work({
      milvus: { open: () => opened(address, password) },
      target: new FolderTarget(folder),
      signal: stop.signal,
      log: (text) => line.note(text),
      progress: (_, detail) => line.show(detail),
    });
  } finally {
    process.off("SIGINT", interrupt);
    line.end();
  }
}
