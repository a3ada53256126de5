import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import type { CollectionEntry, RowFile } from "../manifest";
import { MilvusCalls } from "./calls";
import { fullName, type EngineContext } from "./context";
import { differenceOf, keyAt } from "./difference";
import { fetchFile } from "./fetch";
import type { CollectionName } from "./names";
import type { Finding } from "./options";
import { readParquet, type Page } from "./parquet";
import { pagesOf, type Scan } from "./scan";
import { PageSize } from "./sizing";
import { columnsOf, isVector, type Value } from "./types";

/** What was held against a backup, and what of it is not as the backup has it. */
export interface Compared {
  /** Written anew and counted. */
  readonly rows: number;
  /** Of them, those whose every value was compared. */
  readonly compared: number;
  /** Searches for a row's own vector. */
  readonly searches: number;
  readonly findings: readonly Finding[];
}

/** Whether Milvus can have it in memory: it reads nothing else. */
export function isSearched({ fields, indexes }: CollectionEntry): boolean {
  const vectors = fields.filter(({ type }) => isVector(type));
  return vectors.every(({ name }) => indexes.some(({ field }) => field === name));
}

/** Files of a collection of which the first page is compared: some at its beginning, its end and between. */
const SAMPLED_FILES = 8;
/** Per sampled page. */
const SEARCHES = 4;
/** Among so many of the nearest, a row is to be found by its own vector; an index may miss some. */
const NEAREST = 10;
/** Metrics by which nothing is nearer to a vector than itself. */
const OWN_IS_NEAREST = ["L2", "COSINE"];

/** Holds restored collections against their backup, and keeps what was found. */
export class Comparison {
  private rows = 0;
  private compared = 0;
  private searches = 0;
  private readonly findings: Finding[] = [];

  constructor(
    private readonly ctx: EngineContext,
    private readonly client: MilvusClient,
    private readonly prefix: string,
  ) {}

  get found(): Compared {
    const { rows, compared, searches, findings } = this;
    return { rows, compared, searches, findings };
  }

  /** `to`: where the collection was restored. */
  async add(entry: CollectionEntry, to: CollectionName): Promise<void> {
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
  private async search(entry: CollectionEntry, scan: Scan, page: Page): Promise<void> {
    const { fields, key, ...to } = scan;
    const keys = page.columns[keyAt(scan)]!;
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
  const keys = columns[keyAt(scan)]!;
  const to = keys[rows - 1] as bigint | string;
  const found: Value[][] = columns.map(() => []);
  for await (const page of pagesOf(scan, { from: keys[0] as bigint | string, to })) {
    page.columns.forEach((column, i) => found[i]!.push(...column));
  }
  return { rows: found[0]!.length, columns: found };
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
