import { isDeepStrictEqual } from "node:util";
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import type { CollectionEntry, Manifest, RowFile } from "../manifest";
import { MilvusCalls } from "./calls";
import { fullName, type EngineContext } from "./context";
import { fetchFile } from "./fetch";
import { DRILL_DATABASE, type CollectionName } from "./names";
import type { Finding } from "./options";
import { readParquet, type Page } from "./parquet";
import { restoreData } from "./restore";
import { pagesOf, type Scan } from "./scan";
import { PageSize } from "./sizing";
import { columnsOf, type Value } from "./types";

export interface DrillOptions {
  readonly manifest: Manifest;
  /** Folder of the backup in the target. */
  readonly prefix: string;
}

/** What was tried, and what was not as the backup has it. */
export interface DrillReport {
  readonly collections: number;
  /** Written anew and counted. */
  readonly rows: number;
  /** Of them, those whose every value was compared. */
  readonly compared: number;
  /** Searches for a row's own vector. */
  readonly searches: number;
  readonly findings: readonly Finding[];
}

/** Files of a collection of which the first page is compared: some at its beginning, its end and between. */
const SAMPLED_FILES = 8;
/** Per sampled page. */
const SEARCHES = 4;
/** Among so many of the nearest, a row is to be found by its own vector; an index may miss some. */
const NEAREST = 10;
/** Metrics by which nothing is nearer to a vector than itself. */
const OWN_IS_NEAREST = ["L2", "COSINE"];

/**
 * Restores one collection after the other into a database of its own, and looks whether what comes out is what the backup has: as many
 * rows, samples of them value by value, and found by their own vectors. Each is dropped again, so that no more than one is there at once.
 */
export async function drillData(
  ctx: EngineContext,
  { manifest, prefix }: DrillOptions,
): Promise<DrillReport> {
  const client = await ctx.milvus.open();
  const all = manifest.data.collections;
  const drill = new Drill(ctx, client, prefix);
  try {
    for (const [i, entry] of all.entries()) {
      ctx.signal.throwIfAborted();
      await cleared(ctx, client);
      const within: EngineContext = {
        ...ctx,
        progress: (part, detail) => ctx.progress((i + part) / all.length, detail),
      };
      await restoreData(within, scratch(manifest, entry, prefix));
      await drill.compare(entry);
    }
    return { collections: all.length, ...drill.found };
  } finally {
    await cleared({ ...ctx, signal: AbortSignal.timeout(CLEAN_UP_MS) }, client).catch((error: Error) =>
      ctx.log(`${error.message}: the next drill removes what is left`),
    );
    await client.closeConnection().catch(() => undefined);
  }
}

const CLEAN_UP_MS = 60_000;

/** In the drill's database, and in memory once where it can be searched. */
function scratch(
  manifest: Manifest,
  entry: CollectionEntry,
  prefix: string,
): Parameters<typeof restoreData>[1] {
  const once = { ...entry, replicas: isSearched(entry) ? 1 : 0 };
  return {
    manifest: { ...manifest, data: { ...manifest.data, collections: [once] } },
    ...{ prefix, collections: [fullName(entry)], rename: { [fullName(entry)]: fullName(inScratch(entry)) } },
    ...{ dropExisting: false, load: true, dryRun: false, done: [], onCollection: async () => undefined },
  };
}

const inScratch = ({ name }: CollectionName): CollectionName => ({ database: DRILL_DATABASE, name });
const isSearched = ({ indexes }: CollectionEntry): boolean => indexes.length > 0;

/** Also of what an earlier drill has left. */
async function cleared({ signal }: Pick<EngineContext, "signal">, client: MilvusClient): Promise<void> {
  const calls = new MilvusCalls(client, signal);
  const where = { db_name: DRILL_DATABASE };
  const { db_names } = await calls.ask<{ db_names: string[] }>("list databases", "ListDatabases", {});
  if (!db_names.includes(DRILL_DATABASE)) return;
  type Names = { collection_names: string[] };
  const { collection_names } = await calls.ask<Names>(
    `list the collections of ${DRILL_DATABASE}`,
    "ShowCollections",
    where,
  );
  for (const collection_name of collection_names) {
    await calls.ask(`drop ${DRILL_DATABASE}/${collection_name}`, "DropCollection", {
      ...where,
      collection_name,
    });
  }
  await calls.ask(`drop database ${DRILL_DATABASE}`, "DropDatabase", where);
}

class Drill {
  private rows = 0;
  private compared = 0;
  private searches = 0;
  private readonly findings: Finding[] = [];

  constructor(
    private readonly ctx: EngineContext,
    private readonly client: MilvusClient,
    private readonly prefix: string,
  ) {}

  get found(): Omit<DrillReport, "collections"> {
    const { rows, compared, searches, findings } = this;
    return { rows, compared, searches, findings };
  }

  async compare(entry: CollectionEntry): Promise<void> {
    const to = inScratch(entry);
    const path = fullName(entry);
    this.rows += entry.rows;
    if (!isSearched(entry)) return;
    const rows = await this.count(to);
    if (rows !== entry.rows) this.findings.push({ path, problem: `${rows} rows came back of ${entry.rows}` });
    // Where Milvus makes the keys, a row has another one now.
    if (entry.fields.some(({ autoId }) => autoId)) return;
    for (const file of sampled(entry.files)) await this.compareFile(entry, to, file);
  }

  private async count(to: CollectionName): Promise<number> {
    const { data, status } = await this.client.query({
      ...{ db_name: to.database, collection_name: to.name, filter: "", output_fields: ["count(*)"] },
      consistency_level: STRONG,
    });
    if (status.error_code !== "Success") throw new Error(`count ${fullName(to)}: ${status.reason}`);
    return Number(data[0]?.["count(*)"]);
  }

  private async compareFile(entry: CollectionEntry, to: CollectionName, file: RowFile): Promise<void> {
    const content = await fetchFile(this.ctx.target, this.prefix, file, this.ctx.signal);
    const scan = await this.scanOf(entry, to, file.partition);
    for await (const page of readParquet(scan.fields, content)) {
      const problem = differenceOf(scan, page, await again(scan, page));
      if (problem !== undefined)
        this.findings.push({ path: file.path, problem: `${fullName(entry)}: ${problem}` });
      this.compared += page.rows;
      await this.search(entry, scan, page);
      return;
    }
  }

  private async scanOf(
    entry: CollectionEntry,
    to: CollectionName,
    partition: string | undefined,
  ): Promise<Scan> {
    const calls = new MilvusCalls(this.client, this.ctx.signal);
    const { tso } = await calls.now();
    const key = entry.fields.find(({ primaryKey }) => primaryKey)!;
    const size = new PageSize();
    return { calls, ...to, partition, key, fields: columnsOf(entry), from: tso, size };
  }

  /** Each row must be among the nearest to its own vector. */
  private async search(entry: CollectionEntry, { fields, key, ...to }: Scan, page: Page): Promise<void> {
    const keys = page.columns[fields.findIndex(({ name }) => name === key.name)]!;
    for (const index of entry.indexes) {
      const metric = (index.params.metric_type ?? "").toUpperCase();
      const at = fields.findIndex(({ name, type }) => name === index.field && type === "FloatVector");
      if (at < 0 || !OWN_IS_NEAREST.includes(metric)) continue;
      for (const row of evenly(page.rows, SEARCHES)) {
        const vector = floats(page.columns[at]![row] as Uint8Array);
        const { status, results } = await this.client.search({
          ...{ db_name: to.database, collection_name: to.name, anns_field: index.field, data: [vector] },
          ...{ limit: NEAREST, metric_type: metric, consistency_level: STRONG },
        });
        if (status.error_code !== "Success") throw new Error(`search ${fullName(to)}: ${status.reason}`);
        this.searches += 1;
        const own = String(keys[row]);
        if ((results as { id: string }[]).some(({ id }) => String(id) === own)) continue;
        const problem = `${fullName(entry)}: a search by ${index.field} of the row ${key.name} = ${own} does not find it`;
        this.findings.push({ path: entry.files[0]!.path, problem });
      }
    }
  }
}

const STRONG = 0;

/** The rows of a page as Milvus has them now: a page holds all of a range of keys. */
async function again(scan: Scan, { rows, columns }: Page): Promise<Page> {
  const keys = columns[scan.fields.findIndex(({ name }) => name === scan.key.name)]!;
  const to = keys[rows - 1] as bigint | string;
  const found: Value[][] = columns.map(() => []);
  for await (const page of pagesOf(scan, { from: keys[0] as bigint | string, to })) {
    page.columns.forEach((column, i) => found[i]!.push(...column));
  }
  return { rows: found[0]!.length, columns: found };
}

/** The first difference in words, with the key of its row and without its values. */
function differenceOf({ fields, key }: Scan, was: Page, is: Page): string | undefined {
  const keys = was.columns[fields.findIndex(({ name }) => name === key.name)]!;
  if (was.rows !== is.rows)
    return `${is.rows} of ${was.rows} rows are there from ${key.name} ${String(keys[0])} to ${String(keys.at(-1))}`;
  for (const [i, { name, type }] of fields.entries()) {
    const row = was.columns[i]!.findIndex((value, at) => !isSame(type, value, is.columns[i]![at]!));
    if (row >= 0)
      return `${name} of the row ${key.name} = ${String(keys[row])} is another than in the backup`;
  }
  return undefined;
}

function isSame(type: string, a: Value, b: Value): boolean {
  if (type !== "JSON" || a === null || b === null) return isDeepStrictEqual(plain(a), plain(b));
  const [one, other] = [a, b].map((value) => Buffer.from(value as Uint8Array));
  return one!.equals(other!) || isDeepStrictEqual(JSON.parse(String(one)), JSON.parse(String(other)));
}

/** Bytes are bytes, whatever they are a view of. */
function plain(value: Value): Value {
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

function floats(bytes: Uint8Array): number[] {
  return Array.from(new Float32Array(new Uint8Array(bytes).buffer));
}

function sampled(files: readonly RowFile[]): RowFile[] {
  return evenly(files.length, SAMPLED_FILES).map((i) => files[i]!);
}

/** At most `most` of `count` positions, with the first and the last. */
function evenly(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)));
}
