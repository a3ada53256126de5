import type { FieldEntry } from "../manifest";
import { MilvusRefusal, type MilvusCalls } from "./calls";
import { fullName } from "./context";
import type { CollectionName } from "./names";
import type { Page } from "./parquet";
import { toWire } from "./wire";

export interface Destination extends CollectionName {
  /** That rows go to; absent where a partition key decides. */
  readonly partition?: string;
  /** Of the page's columns, in their order. */
  readonly fields: readonly FieldEntry[];
}

/** Milvus has taken none of it, and may later. */
const NOT_NOW = ["RateLimit", "ForceDeny", "TimeTickLongDelay", "NotReadyServe", "NotReadyCoordActivating"];

/**
 * Writes a page of rows. An answer that gets lost may mean that they are in: the next try replaces what has the same primary keys.
 * Where Milvus makes the keys, it cannot: then the collection has to be begun anew.
 */
export async function insertPage(calls: MilvusCalls, to: Destination, page: Page): Promise<void> {
  const made = to.fields.some(({ autoId }) => autoId);
  const request = {
    ...{ db_name: to.database, collection_name: to.name, num_rows: page.rows },
    ...(to.partition === undefined ? {} : { partition_name: to.partition }),
    fields_data: to.fields.flatMap((field, i) => (field.autoId ? [] : [toWire(field, page.columns[i]!)])),
  };
  let method = "Insert";
  await calls.patiently(
    () => calls.ask(`write ${page.rows} rows to ${fullName(to)}`, method, request),
    (error) => {
      if (error instanceof MilvusRefusal && NOT_NOW.includes(error.code)) return true;
      method = "Upsert";
      return !made && !isOfTheRows(error);
    },
  );
}

/** The same rows will not be taken later either. */
function isOfTheRows(error: unknown): boolean {
  return (
    error instanceof MilvusRefusal &&
    ["IllegalArgument", "SchemaMismatch", "IllegalDimension"].includes(error.code)
  );
}
