import type { FieldEntry } from "../../manifest";
import type { Page } from "../parquet";
import { floats } from "../wire";
import { ARRAY, SCALARS, SPARSE, type Value } from "../types";

/** A column as Milvus' bulk import wants it. */
interface Imported {
  /** How it lies in the file. */
  readonly as: Pick<FieldEntry, "type" | "elementType">;
  readonly value: (value: Value) => Value;
}

const same = (value: Value): Value => value;
const text = new TextDecoder();

/** Types that lie otherwise in our files: internal/util/importutil/parquet_parser.go of Milvus 2.3.5. */
const OTHERWISE: Readonly<Record<string, Imported>> = {
  FloatVector: { as: { type: ARRAY, elementType: "Float" }, value: (v) => floats(v as Uint8Array) },
  // Bytes whose length the file does not say, as sparse vectors are with us.
  BinaryVector: { as: { type: SPARSE }, value: same },
  JSON: { as: { type: "VarChar" }, value: (v) => text.decode(v as Uint8Array) },
};

/** Whether bulk import knows a field's type. */
export function isImported({ type }: Pick<FieldEntry, "type">): boolean {
  return type in OTHERWISE || type in SCALARS || type === ARRAY;
}

/** Columns of a file for bulk import: Milvus refuses one with keys that it makes itself. */
export function importLayout(fields: readonly FieldEntry[]): {
  readonly fields: readonly FieldEntry[];
  readonly page: (page: Page) => Page;
} {
  const columns = fields.flatMap((field, at) => (field.autoId ? [] : [{ field, at, ...layoutOf(field) }]));
  return {
    fields: columns.map(({ field, as }) => ({ ...field, ...as })),
    page: ({ rows, columns: found }) => ({
      rows,
      columns: columns.map(({ at, value }) => (value === same ? found[at]! : found[at]!.map(value))),
    }),
  };
}

function layoutOf({ type, elementType }: FieldEntry): Imported {
  return OTHERWISE[type] ?? { as: { type, elementType }, value: same };
}
