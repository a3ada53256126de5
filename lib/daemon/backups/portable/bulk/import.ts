import { Serial } from "../../../serial";
import { messageOf, until } from "../../../wait";
import type { CollectionEntry, RowFile } from "../../manifest";
import type { BackupTarget } from "../../target";
import { MilvusRefusal, paramsOf, type MilvusCalls } from "../calls";
import { fullName, type EngineContext } from "../context";
import { fetchFile } from "../fetch";
import type { CollectionName } from "../names";
import { readParquet, writeParquet, type Page } from "../parquet";
import { eachOf } from "../together";
import { columnsOf } from "../types";
import { importGroups } from "./choice";
import { importLayout } from "./layout";
import type { ImportPlace } from "./place";

/** Milvus has not taken what it was to import, or there was no way to give it. */
export class ImportFailed extends Error {}

/** One is written while Milvus reads the other. */
const FILES_AT_ONCE = 2;
/** Milvus gives up by itself after a quarter of an hour (rootCoord.importTaskExpiration, 2.3). */
const IMPORT_MS = 20 * 60_000;
const CLEAN_UP_MS = 30_000;

export interface BulkImport {
  readonly ctx: Pick<EngineContext, "target" | "signal" | "log">;
  readonly calls: MilvusCalls;
  readonly place: ImportPlace;
  /** Folder of the backup. */
  readonly prefix: string;
}

/**
 * Has Milvus read the rows of a collection from files in its own store, beside its log and many times as fast as by inserts. Throws
 * ImportFailed when its store or Milvus does not take them, or not all: the collection is to be begun anew then.
 */
export async function importRows(
  o: BulkImport,
  entry: CollectionEntry,
  to: CollectionName,
  tell: (part: number) => void,
): Promise<void> {
  const { ctx, place } = o;
  await emptied(place.target, ctx.signal);
  const groups = [...importGroups(entry.files).entries()];
  const uploads = new Serial();
  let rows = 0;
  await eachOf(groups, FILES_AT_ONCE, ctx.signal, async ([i, files], signal) => {
    const path = `${to.name}-${i}.parquet`;
    try {
      await uploads.run(() => write(o, entry, { files, path, signal }));
      await read(o, { to, files, path });
    } finally {
      await removed(o, path);
    }
    tell((rows += rowsIn(files)) / entry.rows);
  });
}

const rowsIn = (files: readonly RowFile[]): number => files.reduce((sum, { rows }) => sum + rows, 0);

/** Of what an import that died has left. */
async function emptied(target: BackupTarget, signal: AbortSignal): Promise<void> {
  for await (const { path } of target.list("", signal)) await target.remove(path, signal);
}

/** Even when the job is stopped; the next import removes what stays. */
async function removed({ place, ctx }: BulkImport, path: string): Promise<void> {
  await place.target.remove(path, AbortSignal.timeout(CLEAN_UP_MS)).catch((error: unknown) => {
    ctx.log(`${place.pathOf(path)} stays until the next import: ${messageOf(error)}`);
  });
}

interface Piece {
  readonly files: readonly RowFile[];
  readonly path: string;
  readonly signal: AbortSignal;
}

async function write(
  { ctx, place, prefix }: BulkImport,
  entry: CollectionEntry,
  { files, path, signal }: Piece,
): Promise<void> {
  const fields = columnsOf(entry);
  const layout = importLayout(fields);
  let problem: unknown;
  const pages = async function* (): AsyncGenerator<Page> {
    try {
      for (const file of files) {
        const content = await fetchFile(ctx.target, prefix, file, signal);
        for await (const page of readParquet(fields, content)) yield layout.page(page);
      }
    } catch (error) {
      problem = error;
      throw error;
    }
  };
  await place.target.put(path, writeParquet(layout.fields, pages()), signal).catch((error: unknown) => {
    signal.throwIfAborted();
    // What is wrong with a backup is not the store's to explain, and no insert would mend it.
    throw problem ?? new ImportFailed(messageOf(error));
  });
}

interface ImportState {
  readonly state: string;
  readonly row_count: string;
  readonly infos?: { key: string; value: string }[];
}

async function read(
  { calls, place }: BulkImport,
  { to, files, path }: { readonly to: CollectionName } & Omit<Piece, "signal">,
): Promise<void> {
  const what = `import ${place.pathOf(path)} into ${fullName(to)}`;
  const task = await begun(calls, what, {
    ...{ db_name: to.database, collection_name: to.name, partition_name: files[0]!.partition ?? "" },
    ...{ row_based: false, files: [place.pathOf(path)] },
  });
  let last!: ImportState;
  await until(
    async () => {
      last = await calls.ask<ImportState>(what, "GetImportState", { task });
      return hasEnded(last) ? undefined : last.state;
    },
    { what, deadlineMs: IMPORT_MS, everyMs: 250, signal: calls.signal },
  );
  if (last.state !== "ImportCompleted")
    throw new ImportFailed(`${what}: ${paramsOf(last.infos).failed_reason || last.state}`);
  if (Number(last.row_count) !== rowsIn(files))
    throw new ImportFailed(`${what}: Milvus took ${last.row_count} of ${rowsIn(files)} rows`);
}

/** The task's id. */
async function begun(calls: MilvusCalls, what: string, request: object): Promise<string> {
  try {
    const { tasks } = await calls.ask<{ tasks: string[] }>(what, "Import", request);
    return tasks[0]!;
  } catch (error) {
    if (error instanceof MilvusRefusal) throw new ImportFailed(error.message);
    throw error;
  }
}

const hasEnded = ({ state }: ImportState): boolean =>
  state === "ImportCompleted" || state.startsWith("ImportFailed");
