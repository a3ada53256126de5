import { isDeepStrictEqual } from "node:util";
import type { Page } from "./parquet";
import type { Scan } from "./scan";
import type { Value } from "./types";

type Columns = Pick<Scan, "fields" | "key">;

/** Which column of a page has the primary keys. */
export function keyAt({ fields, key }: Columns): number {
  return fields.findIndex(({ name }) => name === key.name);
}

/** The first difference in words, with the key of its row and without its values. */
export function differenceOf(scan: Columns, was: Page, is: Page): string | undefined {
  const { fields, key } = scan;
  const keys = was.columns[keyAt(scan)]!;
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
