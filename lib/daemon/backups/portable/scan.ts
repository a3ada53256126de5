import type { FieldEntry } from "../manifest";
import { pairsOf, type MilvusCalls } from "./calls";
import { fullName } from "./context";
import type { Page } from "./parquet";
import { MOST_ROWS, type PageSize } from "./sizing";
import { DYNAMIC_FIELD, type Value } from "./types";
import { fromWire, type FieldData } from "./wire";

/** What is read: a collection, or one partition of it. */
export interface Scan {
  readonly calls: MilvusCalls;
  readonly database: string;
  readonly name: string;
  readonly partition?: string;
  readonly key: FieldEntry;
  /** Columns of a page, in this order. */
  readonly fields: readonly FieldEntry[];
  /** All that is older than this moment (TSO) is seen by every read. */
  readonly from: string;
  readonly size: PageSize;
}

/** Primary keys above `after`, or from `from` on, up to and with `to`. */
export interface Range {
  readonly after?: Key;
  readonly from?: Key;
  readonly to: Key;
}

type Key = bigint | string;

/**
 * Reads primary keys alone, in their order, and cuts them where pages are to begin: so several can read rows side by side, whatever
 * the keys are. Rows that come in later, above the last key, are not of the backup.
 */
export async function* rangesOf(scan: Scan): AsyncGenerator<Range> {
  let after: Key | undefined;
  for (;;) {
    const keys = await keysAfter(scan, after);
    for (let i = 0; i < keys.length;) {
      const last = Math.min(i + scan.size.rows, keys.length) - 1;
      yield { after, to: keys[last]! };
      after = keys[last]!;
      i = last + 1;
    }
    if (keys.length < MOST_ROWS) return;
  }
}

/** The rows of a range. */
export async function* pagesOf(scan: Scan, range: Range): AsyncGenerator<Page> {
  const key = scan.fields.findIndex(({ name }) => name === scan.key.name);
  let { after } = range;
  for (;;) {
    // One more than a range has: a page that is not full is the last.
    const limit = scan.size.rows + 1;
    const page = await pageAfter(scan, { ...range, after }, limit);
    if (!page) continue;
    if (page.rows > 0) yield page;
    if (page.rows < limit) return;
    after = page.columns[key]!.at(-1) as Key;
  }
}

async function keysAfter(scan: Scan, after: Key | undefined): Promise<Key[]> {
  const expr = after === undefined ? "" : `${scan.key.name} > ${literal(after)}`;
  const [keys] = await query(scan, expr, [scan.key], MOST_ROWS);
  return inOrder(scan, keys!);
}

/** Undefined when Milvus finds it too much: smaller pages are asked for from then on. */
async function pageAfter(scan: Scan, range: Range, limit: number): Promise<Page | undefined> {
  const { key, size } = scan;
  try {
    const columns = await query(scan, exprOf(key, range), scan.fields, limit);
    const page = { rows: columns[0]!.length, columns };
    inOrder(scan, columns[scan.fields.findIndex(({ name }) => name === key.name)]!);
    size.seen(page);
    return page;
  } catch (error) {
    if (isTooMuch(error) && size.halve()) return undefined;
    throw error;
  }
}

function exprOf({ name }: FieldEntry, { after, from, to }: Range): string {
  const upTo = `${name} <= ${literal(to)}`;
  if (after !== undefined) return `${name} > ${literal(after)} && ${upTo}`;
  return from === undefined ? upTo : `${name} >= ${literal(from)} && ${upTo}`;
}

async function query(
  scan: Scan,
  expr: string,
  fields: readonly FieldEntry[],
  limit: number,
): Promise<Value[][]> {
  const { calls, database, name, partition, from } = scan;
  const request = {
    ...{ db_name: database, collection_name: name, expr },
    ...(partition === undefined ? {} : { partition_names: [partition] }),
    // Milvus has no name for its own field in a list, and sends it with all.
    output_fields: fields.some((f) => f.name === DYNAMIC_FIELD) ? ["*"] : fields.map((f) => f.name),
    ...{ guarantee_timestamp: from, consistency_level: "Customized", use_default_consistency: false },
    // By these, newer versions sort by primary key, as 2.3 does in any case.
    query_params: pairsOf({ limit: String(limit), iterator: "True", reduce_stop_for_best: "False" }),
  };
  const { fields_data } = await calls.patiently(
    () => calls.ask<{ fields_data: FieldData[] }>(`read ${fullName(scan)}`, "Query", request),
    (error) => !isTooMuch(error),
  );
  const columns = fields.map((field) => columnOf(scan, field, fields_data));
  const uneven = columns.find((column) => column.length !== columns[0]!.length);
  if (uneven) throw new Error(`read ${fullName(scan)}: Milvus sent columns of different lengths`);
  return columns;
}

function columnOf(scan: Scan, field: FieldEntry, sent: readonly FieldData[]): Value[] {
  const data = sent.find(({ field_name }) => field_name === field.name);
  if (data) return fromWire(field, data);
  // Some versions send no columns when there are no rows.
  if (sent.length === 0) return [];
  throw new Error(`read ${fullName(scan)}: Milvus sent no values of ${field.name}`);
}

/** Rows would be missed without a word if Milvus sent them in another order. */
function inOrder(scan: Scan, keys: readonly Value[]): Key[] {
  for (let i = 1; i < keys.length; i++) {
    if (isBelow(keys[i - 1] as Key, keys[i] as Key)) continue;
    throw new Error(
      `read ${fullName(scan)}: Milvus sent rows that are not in the order of their primary keys`,
    );
  }
  return keys as Key[];
}

/** Milvus compares texts by their UTF-8. */
function isBelow(a: Key, b: Key): boolean {
  if (typeof a === "bigint" || typeof b === "bigint") return a < b;
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

function literal(key: Key): string {
  return typeof key === "bigint" ? String(key) : JSON.stringify(key);
}

/** Above quotaAndLimits.limits.maxOutputSize of Milvus, or above what gRPC takes. */
function isTooMuch(error: unknown): boolean {
  return /maxOutputSize|larger than max|RESOURCE_EXHAUSTED/i.test((error as Error).message);
}
