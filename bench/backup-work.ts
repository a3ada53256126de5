/** One piece of work of `backup.ts`, in a process of its own so that its memory can be told. Prints how long it took and what it had. */
import { readFileSync, writeFileSync } from "node:fs";
import { open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { MilvusClient, promisify } from "@zilliz/milvus2-sdk-node";
import type { Client } from "minio";
// What a daemon has in memory before it begins.
import "../lib/daemon";
import type { PortableBackup } from "../lib/daemon/backups/manifest";
import {
  backupData,
  restoreData,
  type EngineContext,
  type ImportPlace,
} from "../lib/daemon/backups/portable";
import type { BackupTarget } from "../lib/daemon/backups/target";
import { FolderTarget } from "../lib/daemon/backups/folder";
import { backupTarget } from "../lib/daemon/backups/place";
import { s3Client } from "../lib/daemon/backups/s3-client";
import { s3TargetOf } from "../lib/spec/backups";
import { DIM, NAME, type Piece } from "./backup-terms";

const { piece, address, dir, outside, imports, rows, page, parallel } = JSON.parse(process.argv[2]!) as Piece;

async function open(): Promise<MilvusClient> {
  const client = new MilvusClient({ address, username: "root", password: "Milvus", logLevel: "error" });
  await client.connectPromise;
  return client;
}

const target = outside ? backupTarget(outside.spec, outside.secrets, { caPem: "" }) : new FolderTarget(dir);

/** Milvus reads from a folder here; with a store outside, what it is to import passes that first, as it does in a cluster. */
function placeIn(dir: string): ImportPlace {
  const folder = new FolderTarget(dir);
  const put: BackupTarget["put"] = async (path, content, signal) => {
    const put = await target.put(`imports/${path}`, content, signal);
    await folder.put(path, target.get(`imports/${path}`, signal), signal);
    return put;
  };
  const through = Object.assign(Object.create(folder) as FolderTarget, { put });
  return { target: outside ? through : folder, pathOf: (path) => join(dir, path) };
}

const ctx: EngineContext = {
  ...{
    milvus: { open },
    target,
    imports: imports === undefined ? undefined : placeIn(imports),
    signal: new AbortController().signal,
  },
  ...{ log: () => undefined, progress: () => undefined },
};
const manifestFile = join(dir, "manifest.json");
const onCollection = async () => undefined;

const pieces: Record<Piece["piece"], () => Promise<void>> = {
  async export() {
    const data = await backupData(ctx, { prefix: "b", done: [], collections: [NAME], onCollection });
    const cluster = { name: "c", id: "i", milvus: "v2.3.5", generation: 1 };
    const manifest: PortableBackup = {
      format: 1,
      name: "b",
      job: "j",
      createdAt: data.read.to.at,
      cluster,
      data,
    };
    writeFileSync(manifestFile, JSON.stringify(manifest));
    if (data.collections[0]!.rows !== rows) throw new Error(`${data.collections[0]!.rows} of ${rows} rows`);
  },
  async restore() {
    const manifest = JSON.parse(readFileSync(manifestFile, "utf8")) as PortableBackup;
    const o = {
      manifest,
      prefix: "b",
      dropExisting: true,
      load: false,
      dryRun: false,
      done: [],
      onCollection,
    };
    await restoreData(ctx, { ...o, rename: { [NAME]: `${NAME}_restored` } });
  },
  /** The same queries, of ranges that are known, and nothing done with what they answer. */
  async "bare export"() {
    const client = await open();
    const { timestamp } = await promisify(client.channelPool, "AllocTimestamp", {}, 60_000);
    await sideBySide(async (from) => {
      const reply = await promisify(
        client.channelPool,
        "Query",
        {
          ...{ collection_name: NAME, expr: `id > ${from - 1} && id <= ${from + page - 1}` },
          ...{ output_fields: ["id", "v"], guarantee_timestamp: timestamp, consistency_level: "Customized" },
          query_params: [{ key: "limit", value: String(page) }],
        },
        60_000,
      );
      if (reply.status.error_code !== "Success") throw new Error(reply.status.reason);
    });
  },
  /** The files of the backup, each written and on the disk before the next. */
  async "bare files"() {
    let i = 0;
    for (const content of filesOfBackup()) {
      const file = await openFile(join(dir, `copy-${i++}`), "w");
      await file.writeFile(content);
      await file.sync();
      await file.close();
    }
  },
  /** The same read, from the cache of the system or from the disk. */
  async "bare reads"() {
    let bytes = 0;
    for (const content of filesOfBackup()) bytes += content.length;
    if (bytes === 0) throw new Error("the backup is empty");
  },
  /** The same put into the store outside. */
  async "bare objects"() {
    const { client, bucket, path } = storeOutside();
    let i = 0;
    for (const content of filesOfBackup()) await client.putObject(bucket, path(i++), content);
  },
  /** What was put there by that. */
  async "bare downloads"() {
    const { client, bucket, path } = storeOutside();
    let i = 0;
    for (const content of filesOfBackup()) {
      let bytes = 0;
      for await (const chunk of await client.getObject(bucket, path(i++))) bytes += (chunk as Buffer).length;
      if (bytes !== content.length) throw new Error(`${bytes} of ${content.length} bytes`);
    }
  },
  /** The same inserts, of one page over and over. */
  async "bare restore"() {
    const client = await open();
    const data = Array.from({ length: page * DIM }, (_, i) => Math.fround(Math.sin(i)));
    const vectors = { dim: DIM, float_vector: { data } };
    const collection_name = `${NAME}_bare`;
    await sideBySide(async (from) => {
      const ids = Array.from({ length: page }, (_, i) => String(from + i));
      const reply = await promisify(
        client.channelPool,
        "Insert",
        {
          ...{ collection_name, num_rows: page },
          fields_data: [
            { type: "Int64", field_name: "id", scalars: { long_data: { data: ids } } },
            { type: "FloatVector", field_name: "v", vectors },
          ],
        },
        60_000,
      );
      if (reply.status.error_code !== "Success") throw new Error(reply.status.reason);
    });
    await promisify(client.channelPool, "Flush", { collection_names: [collection_name] }, 60_000);
    for (;;) {
      const { stats } = await client.getCollectionStatistics({ collection_name });
      if (Number(stats.find(({ key }) => key === "row_count")?.value) >= rows) return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  },
};

function storeOutside(): { client: Client; bucket: string; path: (i: number) => string } {
  const { spec, secrets } = outside!;
  const { backupAccessKey: accessKey, backupSecretKey: secretKey } = secrets.external!;
  const { bucket, prefix, ...store } = s3TargetOf(spec)!;
  const client = s3Client(store, { accessKey, secretKey });
  return { client, bucket, path: (i) => `${prefix}/copy-${i}` };
}

function* filesOfBackup(): Generator<Buffer> {
  const { data } = JSON.parse(readFileSync(manifestFile, "utf8")) as PortableBackup;
  for (const { path } of data.collections[0]!.files) yield readFileSync(join(dir, "b", path));
}

async function sideBySide(each: (from: number) => Promise<void>): Promise<void> {
  let from = 0;
  const worker = async (): Promise<void> => {
    while (from < rows) {
      const mine = from;
      from += page;
      await each(mine);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

const begun = performance.now();
void pieces[piece]().then(
  () => {
    const mib = Math.round(process.resourceUsage().maxRSS / 1024);
    console.log(JSON.stringify({ ms: performance.now() - begun, mib }));
    process.exit(0);
  },
  (error: Error) => {
    console.error(error);
    process.exit(1);
  },
);
