import type { CollectionEntry, DataManifest, ReadWindow, RowFile } from "../manifest";
import { describeAccess } from "./access";
import { MilvusCalls, paramsOf } from "./calls";
import { fullName, type EngineContext } from "./context";
import { describe, indexes, type Described } from "./describe";
import { replicasOf, whileLoaded } from "./loading";
import type { BackupOptions } from "./options";
import { choose, listCollections } from "./names";
import { readRows } from "./rows";
import type { Scan } from "./scan";
import { PageSize } from "./sizing";
import { columnsOf } from "./types";

/** Writes all rows to the target, and returns what the manifest says of them. */
export async function backupData(ctx: EngineContext, o: BackupOptions): Promise<DataManifest> {
  const client = await ctx.milvus.open();
  try {
    return await backup(ctx, new MilvusCalls(client, ctx.signal), o);
  } finally {
    await client.closeConnection().catch(() => undefined);
  }
}

async function backup(ctx: EngineContext, calls: MilvusCalls, o: BackupOptions): Promise<DataManifest> {
  const start = await calls.now();
  const server = await calls.version();
  const there = await listCollections(calls);
  const chosen = choose(there, o);
  const collections: CollectionEntry[] = [];
  for (const [i, name] of chosen.entries()) {
    const done = o.done.find((c) => fullName(c) === fullName(name));
    const tell = (part: number, detail: string): void => ctx.progress((i + part) / chosen.length, detail);
    const entry = done ?? (await whole(ctx, calls, name, o, tell));
    if (entry) collections.push(entry);
  }
  const databases = [...new Set([...there.databases])].filter((d) => !o.databases || o.databases.includes(d));
  const read = windowOf(collections) ?? { from: start, to: await calls.now() };
  return {
    ...{ engine: "portable", server, read, collections },
    databases: await Promise.all(
      databases.map(async (name) => ({ name, properties: await propertiesOf(calls, name) })),
    ),
    ...(o.databases || o.collections ? {} : { access: await describeAccess(calls, there.databases) }),
  };
}

/** Undefined when the collection is dropped meanwhile. */
async function whole(
  ctx: EngineContext,
  calls: MilvusCalls,
  { database, name }: { database: string; name: string },
  o: BackupOptions,
  tell: (part: number, detail: string) => void,
): Promise<CollectionEntry | undefined> {
  try {
    const entry = await backupCollection(ctx, calls, await describe(calls, database, name), o.prefix, tell);
    await o.onCollection(entry);
    return entry;
  } catch (error) {
    ctx.signal.throwIfAborted();
    const what = `look for ${database}/${name}`;
    const request = { db_name: database, collection_name: name };
    const { value } = await calls.ask<{ value: boolean }>(what, "HasCollection", request);
    if (value) throw error;
    ctx.log(`${database}/${name} was dropped before it was read whole: it is not in the backup`);
    return undefined;
  }
}

async function backupCollection(
  ctx: EngineContext,
  calls: MilvusCalls,
  c: Described,
  prefix: string,
  tell: (part: number, detail: string) => void,
): Promise<CollectionEntry> {
  const from = await calls.now();
  const replicas = await replicasOf(calls, c);
  const about = await roughly(calls, c);
  const files: RowFile[] = [];
  const read = async (): Promise<void> => {
    const one = partsOf(c);
    for (const partition of one) {
      const scan = scanOf(calls, c, partition, from.tso);
      await readRows(ctx, scan, prefix, files, () => {
        const rows = sum(files);
        tell(Math.min(1, rows / Math.max(about, 1)), `${fullName(c)}: ${rows} rows of about ${about}`);
      });
    }
  };
  if (await isReadable(calls, c)) await whileLoaded(calls, c, replicas, read, ctx.log);
  const window: ReadWindow = { from, to: await calls.now() };
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  ctx.log(`${fullName(c)}: ${sum(files)} rows in ${files.length} files`);
  return { ...c, replicas, read: window, rows: sum(files), files };
}

/** Rows of a partition key's collection find their partition by themselves; others say which it is. */
function partsOf(c: Described): (string | undefined)[] {
  return c.fields.some(({ partitionKey }) => partitionKey) ? [undefined] : [...c.partitions];
}

function scanOf(calls: MilvusCalls, c: Described, partition: string | undefined, from: string): Scan {
  const key = c.fields.find(({ primaryKey }) => primaryKey)!;
  const place = { database: c.database, name: c.name, partition };
  return { ...place, calls, key, fields: columnsOf(c), from, size: new PageSize() };
}

/** Milvus loads, and so reads, nothing without an index; where nothing was ever written, nothing is to be read. */
async function isReadable(calls: MilvusCalls, c: Described): Promise<boolean> {
  if ((await indexes(calls, c.database, c.name)).length > 0) return true;
  const request = { db_name: c.database, collection_names: [c.name] };
  type Segments = Record<string, { data: string[] }>;
  type Reply = { coll_segIDs: Segments; flush_coll_segIDs: Segments };
  const { coll_segIDs, flush_coll_segIDs } = await calls.ask<Reply>(`flush ${fullName(c)}`, "Flush", request);
  const segments = [coll_segIDs, flush_coll_segIDs].flatMap((of) => of[c.name]?.data ?? []);
  if (segments.length === 0) return false;
  throw new Error(
    `${fullName(c)} has rows and no index, and Milvus reads nothing without one: make an index, or leave the collection out`,
  );
}

/** Rows that Milvus has written down; those that are in memory alone are missing. For progress. */
async function roughly(calls: MilvusCalls, c: Described): Promise<number> {
  type Stats = { stats: { key: string; value: string }[] };
  const where = { db_name: c.database, collection_name: c.name };
  const { stats } = await calls.ask<Stats>(`count ${fullName(c)}`, "GetCollectionStatistics", where);
  return Number(paramsOf(stats).row_count ?? 0);
}

async function propertiesOf(calls: MilvusCalls, database: string): Promise<Record<string, string>> {
  type Reply = { properties: { key: string; value: string }[] };
  const what = `describe database ${database}`;
  const reply = await calls.askIfKnown<Reply>(what, "DescribeDatabase", { db_name: database });
  return paramsOf(reply?.properties);
}

function windowOf(all: readonly CollectionEntry[]): ReadWindow | undefined {
  const windows = all.map(({ read }) => read);
  if (windows.length === 0) return undefined;
  const byTime = (a: { tso: string }, b: { tso: string }): number => (BigInt(a.tso) < BigInt(b.tso) ? -1 : 1);
  return {
    from: windows.map(({ from }) => from).sort(byTime)[0]!,
    to: windows
      .map(({ to }) => to)
      .sort(byTime)
      .at(-1)!,
  };
}

function sum(files: readonly RowFile[]): number {
  return files.reduce((rows, file) => rows + file.rows, 0);
}
