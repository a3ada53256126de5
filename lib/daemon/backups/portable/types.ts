import type { SchemaElement } from "hyparquet" with { "resolution-mode": "import" };
import type { FieldEntry } from "../manifest";

/** A value of a row as it is kept in a file. */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[];

/** How a scalar travels, and how it lies in a file. */
export interface ScalarType {
  /** Where Milvus' messages have it. */
  readonly wire:
    "bool_data" | "int_data" | "long_data" | "float_data" | "double_data" | "string_data" | "json_data";
  readonly file: Pick<SchemaElement, "type" | "converted_type">;
  /** JavaScript's numbers do not hold all of these: they travel as text. */
  readonly big?: true;
  /** Bytes that a value takes up; undefined when it is for the value to say. */
  readonly bytes?: number;
}

export const SCALARS: Readonly<Record<string, ScalarType>> = {
  Bool: { wire: "bool_data", file: { type: "BOOLEAN" }, bytes: 1 },
  Int8: { wire: "int_data", file: { type: "INT32", converted_type: "INT_8" }, bytes: 4 },
  Int16: { wire: "int_data", file: { type: "INT32", converted_type: "INT_16" }, bytes: 4 },
  Int32: { wire: "int_data", file: { type: "INT32" }, bytes: 4 },
  Int64: { wire: "long_data", file: { type: "INT64" }, big: true, bytes: 8 },
  Float: { wire: "float_data", file: { type: "FLOAT" }, bytes: 4 },
  Double: { wire: "double_data", file: { type: "DOUBLE" }, bytes: 8 },
  VarChar: { wire: "string_data", file: { type: "BYTE_ARRAY", converted_type: "UTF8" } },
  // As bytes: a parser would round what is beyond a double.
  JSON: { wire: "json_data", file: { type: "BYTE_ARRAY" } },
};

/** How a vector travels; in a file it lies as its little-endian bytes. */
export interface VectorType {
  readonly wire: "float_vector" | "binary_vector" | "float16_vector" | "bfloat16_vector" | "int8_vector";
  /** Bits of one dimension. */
  readonly bits: number;
}

export const VECTORS: Readonly<Record<string, VectorType>> = {
  FloatVector: { wire: "float_vector", bits: 32 },
  BinaryVector: { wire: "binary_vector", bits: 1 },
  Float16Vector: { wire: "float16_vector", bits: 16 },
  BFloat16Vector: { wire: "bfloat16_vector", bits: 16 },
  Int8Vector: { wire: "int8_vector", bits: 8 },
};

/** Pairs of a 32-bit index and a 32-bit float, as many as the vector has. */
export const SPARSE = "SparseFloatVector";
export const ARRAY = "Array";
/** Milvus' own field for what a row has beyond the schema. */
export const DYNAMIC_FIELD = "$meta";

export function isVector(type: string): boolean {
  return type === SPARSE || type in VECTORS;
}

/** Whether this release can carry a field's values. */
export function isCarried({ type, elementType }: Pick<FieldEntry, "type" | "elementType">): boolean {
  if (type === ARRAY) return elementType !== undefined && elementType !== "JSON" && elementType in SCALARS;
  return type in SCALARS || isVector(type);
}

/** Bytes of a vector of fixed length. */
export function vectorBytes({ type, params, name }: Pick<FieldEntry, "type" | "params" | "name">): number {
  const dimension = Number(params.dim);
  if (!(dimension > 0)) throw new Error(`vector field ${name} has no dimension`);
  return (dimension * VECTORS[type]!.bits) / 8;
}

export function scalarOf(type: string): ScalarType {
  const scalar = SCALARS[type];
  if (!scalar) throw new Error(`values of type ${type} cannot be carried`);
  return scalar;
}

/** The fields that have a column in the files: all but what Milvus computes, and the dynamic field where there is one. */
export function columnsOf(c: {
  readonly fields: readonly FieldEntry[];
  readonly dynamicFields: boolean;
}): FieldEntry[] {
  const stored = c.fields.filter(({ computed }) => !computed);
  return c.dynamicFields ? [...stored, DYNAMIC] : stored;
}

const DYNAMIC: FieldEntry = {
  ...{ name: DYNAMIC_FIELD, description: "", type: "JSON", params: {} },
  ...{ primaryKey: false, autoId: false, partitionKey: false, clusteringKey: false },
  ...{ nullable: false, computed: false },
};
