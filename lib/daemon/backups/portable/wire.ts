import type { FieldEntry } from "../manifest";
import { ARRAY, DYNAMIC_FIELD, isVector, scalarOf, SPARSE, vectorBytes, VECTORS, type Value } from "./types";

/** Values of one field as Milvus' messages have them. */
export interface FieldData {
  readonly type: string;
  readonly field_name: string;
  readonly is_dynamic?: boolean;
  /** Of a field that may be null: which rows have a value. */
  readonly valid_data?: readonly boolean[];
  readonly scalars?: Readonly<Record<string, unknown>>;
  readonly vectors?: Readonly<Record<string, unknown>>;
}

interface List {
  readonly data: readonly unknown[];
}

/** A column out of an answer of Milvus. */
export function fromWire(field: FieldEntry, data: FieldData): Value[] {
  const values = isVector(field.type) ? vectors(field, data) : scalars(field, data);
  const valid = data.valid_data ?? [];
  if (valid.length === 0) return values;
  // Some versions send a placeholder for what is null, some send nothing.
  if (values.length === valid.length) return values.map((value, i) => (valid[i] ? value : null));
  let next = 0;
  return valid.map((there) => (there ? values[next++]! : null));
}

/** A column for a request to Milvus. */
export function toWire(field: FieldEntry, values: readonly Value[]): FieldData {
  const there = field.nullable ? values.filter((value) => value !== null) : values;
  return {
    type: field.type,
    field_name: field.name,
    ...(field.name === DYNAMIC_FIELD ? { is_dynamic: true } : {}),
    ...(field.nullable ? { valid_data: values.map((value) => value !== null) } : {}),
    ...(isVector(field.type)
      ? { vectors: vectorField(field, there as Uint8Array[]) }
      : { scalars: scalarField(field, there) }),
  };
}

function scalars({ type, elementType }: FieldEntry, data: FieldData): Value[] {
  if (type !== ARRAY) return decode(type, data.scalars);
  const { data: arrays } = data.scalars?.array_data as List;
  return arrays.map((array) => decode(elementType!, array as Readonly<Record<string, unknown>>));
}

function decode(type: string, from: Readonly<Record<string, unknown>> | undefined): Value[] {
  const { wire, big } = scalarOf(type);
  const data = ((from?.[wire] as List | undefined)?.data ?? []) as Value[];
  return big ? data.map((value) => BigInt(value as string)) : data;
}

function vectors(field: FieldEntry, { vectors: from }: FieldData): Value[] {
  if (field.type === SPARSE) return (from?.sparse_float_vector as { contents: Uint8Array[] }).contents;
  const { wire } = VECTORS[field.type]!;
  const all = wire === "float_vector" ? floatBytes((from?.[wire] as { data: number[] }).data) : from?.[wire];
  const bytes = all as Uint8Array;
  const each = vectorBytes(field);
  if (bytes.length % each !== 0) throw new Error(`Milvus sent vectors of ${field.name} of another length`);
  return Array.from({ length: bytes.length / each }, (_, i) => bytes.subarray(i * each, (i + 1) * each));
}

function floatBytes(numbers: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(numbers).buffer);
}

function scalarField({ type, elementType }: FieldEntry, values: readonly Value[]): Record<string, unknown> {
  if (type !== ARRAY) return encode(type, values);
  const data = values.map((array) => encode(elementType!, array as readonly Value[]));
  return { array_data: { data, element_type: elementType } };
}

function encode(type: string, values: readonly Value[]): Record<string, unknown> {
  const { wire, big } = scalarOf(type);
  return { [wire]: { data: big ? values.map(String) : values } };
}

function vectorField(field: FieldEntry, values: readonly Uint8Array[]): Record<string, unknown> {
  if (field.type === SPARSE) {
    const dim = Math.max(1, ...values.map(sparseDimension));
    return { dim, sparse_float_vector: { contents: values, dim } };
  }
  const { wire } = VECTORS[field.type]!;
  const all = Buffer.concat(values);
  const dim = Number(field.params.dim);
  return { dim, [wire]: wire === "float_vector" ? { data: floats(all) } : all };
}

/** As an array proper: the message's encoder takes no other. */
export function floats(bytes: Uint8Array): number[] {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return Array.from(new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4));
}

function sparseDimension(vector: Uint8Array): number {
  const view = new DataView(vector.buffer, vector.byteOffset, vector.length);
  let most = 0;
  for (let i = 0; i < vector.length; i += 8) most = Math.max(most, view.getUint32(i, true) + 1);
  return most;
}
