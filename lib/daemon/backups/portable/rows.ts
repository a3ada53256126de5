import type { RowFile } from "../manifest";
import type { EngineContext } from "./context";
import { writeParquet, type Page } from "./parquet";
import { pagesOf, rangesOf, type Range, type Scan } from "./scan";
import { bytesOf } from "./sizing";
import { together } from "./together";

/** Readers of one collection. More do not make Milvus faster, and each has a page or two in memory. */
const READERS = 4;
/** A restoration has as many of them in memory as it has writers. */
const FILE_BYTES = 8 * 2 ** 20;

/** Reads what a scan is of, side by side, and adds the files that it has become. */
export async function readRows(
  ctx: EngineContext,
  scan: Scan,
  prefix: string,
  files: RowFile[],
  onPage: () => void,
): Promise<void> {
  const ranges = rangesOf(scan);
  await together(READERS, ctx.signal, async (signal) => {
    const pages = pagesOfAll(scan, ranges, signal);
    for (let first = await pages.next(); !first.done; first = await pages.next()) {
      const path = `data/${scan.database}/${scan.name}/${String(next(files)).padStart(6, "0")}.parquet`;
      const file = { path, partition: scan.partition, rows: 0, bytes: 0, sha256: "" };
      files.push(file);
      const content = writeParquet(scan.fields, upToAFile(first.value, pages, file, onPage));
      Object.assign(file, await ctx.target.put(`${prefix}/${path}`, content, signal));
    }
  });
}

const next = (files: readonly RowFile[]): number => files.length + 1;

async function* pagesOfAll(
  scan: Scan,
  ranges: AsyncGenerator<Range>,
  signal: AbortSignal,
): AsyncGenerator<Page, undefined> {
  for (;;) {
    // By hand: "for await" would end the ranges for all readers when one stops.
    const range = await ranges.next();
    if (range.done) return undefined;
    for await (const page of pagesOf(scan, range.value)) {
      signal.throwIfAborted();
      yield page;
    }
  }
}

async function* upToAFile(
  first: Page,
  pages: AsyncGenerator<Page, undefined>,
  file: { rows: number },
  onPage: () => void,
): AsyncGenerator<Page> {
  let bytes = 0;
  for (let page: Page | undefined = first; page; page = bytes < FILE_BYTES ? await taken(pages) : undefined) {
    bytes += bytesOf(page);
    file.rows += page.rows;
    onPage();
    yield page;
  }
}

async function taken(pages: AsyncGenerator<Page, undefined>): Promise<Page | undefined> {
  return (await pages.next()).value;
}
