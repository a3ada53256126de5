import type { Value } from "./types";
import type { Page } from "./parquet";

/** In memory a page is some ten times that: JavaScript's numbers, the message and its parts. Larger ones are no faster. */
export const PAGE_BYTES = 512 * 1024;
/** Milvus takes no larger limit (quotaAndLimits.limits.maxQueryResultWindow, 2.3 to 2.6). */
export const MOST_ROWS = 16_384;
/** Until something is known of the rows. */
const FIRST_ROWS = 64;

/** Rows that make a page, learnt from the pages before: from the largest rows, so that memory holds. */
export class PageSize {
  rows = FIRST_ROWS;
  private largestRow = 1;

  seen(page: Page): void {
    if (page.rows === 0) return;
    this.largestRow = Math.max(this.largestRow, bytesOf(page) / page.rows);
    this.rows = Math.max(1, Math.min(MOST_ROWS - 1, Math.floor(PAGE_BYTES / this.largestRow)));
  }

  /** Milvus would not send as much: half of it, then. False when one row is too much. */
  halve(): boolean {
    if (this.rows === 1) return false;
    this.rows = Math.floor(this.rows / 2);
    this.largestRow = PAGE_BYTES / this.rows;
    return true;
  }
}

export function bytesOf({ columns }: Page): number {
  let sum = 0;
  for (const column of columns) for (const value of column) sum += sizeOf(value);
  return sum;
}

function sizeOf(value: Value): number {
  if (typeof value === "string" || value instanceof Uint8Array) return value.length + 4;
  return Array.isArray(value) ? value.reduce((sum: number, v: Value) => sum + sizeOf(v), 4) : 8;
}
