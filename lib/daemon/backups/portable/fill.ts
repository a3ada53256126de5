import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import type { CollectionEntry } from "../manifest";
import { whyInserted } from "./bulk/choice";
import { ImportFailed, importRows } from "./bulk/import";
import type { MilvusCalls } from "./calls";
import { fullName, type EngineContext } from "./context";
import { createLike } from "./create";
import { fetchFile } from "./fetch";
import { insertPage } from "./insert";
import type { CollectionName } from "./names";
import type { RestoreOptions } from "./options";
import { readParquet } from "./parquet";
import { drop } from "./take-place";
import { eachOf } from "./together";
import { columnsOf } from "./types";

/** Writers of one collection, each with a file of the backup in memory: two keep this process busy. */
const WRITERS = 2;

/** What a restoration works with. */
export interface Restoration {
  readonly ctx: EngineContext;
  readonly client: MilvusClient;
  readonly calls: MilvusCalls;
  readonly o: RestoreOptions;
  readonly version: string;
}

/** Makes a collection like one of the backup, with its rows: by bulk import where that can be, else by inserts. Returns which. */
export async function fill(
  r: Restoration,
  entry: CollectionEntry,
  to: CollectionName,
  tell: (part: number) => void,
): Promise<"by bulk import" | "by inserts"> {
  const { ctx, calls, o } = r;
  await createLike(r.client, calls, entry, to);
  const place = ctx.imports;
  if (place && whyInserted(entry, r.version, place) === undefined) {
    try {
      await importRows({ ctx, calls, place, prefix: o.prefix }, entry, to, tell);
      return "by bulk import";
    } catch (error) {
      if (!(error instanceof ImportFailed)) throw error;
      ctx.log(`${error.message}: the rows of ${fullName(entry)} are inserted instead`);
      await drop(calls, to);
      await createLike(r.client, calls, entry, to);
    }
  }
  await insertRows(r, entry, to, tell);
  return "by inserts";
}

async function insertRows(
  { ctx, calls, o }: Restoration,
  entry: CollectionEntry,
  to: CollectionName,
  tell: (part: number) => void,
): Promise<void> {
  const fields = columnsOf(entry);
  let rows = 0;
  await eachOf(entry.files, WRITERS, ctx.signal, async (file, signal) => {
    const content = await fetchFile(ctx.target, o.prefix, file, signal);
    for await (const page of readParquet(fields, content)) {
      signal.throwIfAborted();
      await insertPage(calls, { ...to, partition: file.partition, fields }, page);
      tell((rows += page.rows) / entry.rows);
    }
  });
}
