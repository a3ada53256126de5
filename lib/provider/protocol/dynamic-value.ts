import { decode as unpack, encode as pack, ExtData } from "@msgpack/msgpack";
import { parseJson } from "./exact-json";
import type { DynamicValue } from "./messages";
import { Decimal, UNKNOWN, type Type, type Value } from "./value";

/** Extension type 0 with any payload: an unknown value without refinements. */
const UNKNOWN_EXTENSION = new ExtData(0, new Uint8Array([0]));

/** Every extension is an unknown value, refined (12) or not (0): refinements may be ignored. */
const extensionCodec = { tryToEncode: () => null, decode: () => UNKNOWN };

/** Thrown when a value does not have the type that its schema says; `path` leads to the place. */
export class TypeMismatch extends Error {
  constructor(
    expected: string,
    actual: unknown,
    readonly path: readonly (string | number)[],
  ) {
    super(`${path.join(".") || "value"}: expected ${expected}, got ${kindOf(actual)}`);
  }
}

export function decodeDynamic(value: DynamicValue | null | undefined, type: Type): Value {
  if (value?.msgpack?.length) {
    return fromRaw(unpack(value.msgpack, { extensionCodec, useBigInt64: true }), type, []);
  }
  return value?.json?.length ? fromJson(value.json, type) : null;
}

/** A state as Terraform stores it. Attributes that the type does not know are dropped, missing ones are null. */
export function fromJson(json: Uint8Array, type: Type): Value {
  return fromRaw(parseJson(Buffer.from(json).toString("utf8")), type, []);
}

export function encodeDynamic(value: Value, type: Type): DynamicValue {
  return { msgpack: pack(toRaw(value, type, []), { useBigInt64: true }) };
}

/** From what msgpack or JSON made of it: the same rules hold for both. */
export function fromRaw(raw: unknown, type: Type, path: readonly (string | number)[]): Value {
  if (raw === null || raw === undefined) return null;
  if (raw === UNKNOWN) return UNKNOWN;
  if (type === "number") return numberFrom(raw, path);
  if (type === "string" || type === "bool") {
    if (typeof raw !== (type === "bool" ? "boolean" : "string")) throw new TypeMismatch(type, raw, path);
    return raw as string | boolean;
  }
  if (type[0] === "list") {
    if (!Array.isArray(raw)) throw new TypeMismatch("list", raw, path);
    return raw.map((item, i) => fromRaw(item, type[1], [...path, i]));
  }
  if (typeof raw !== "object" || Array.isArray(raw)) throw new TypeMismatch(type[0], raw, path);
  const fields = raw as Record<string, unknown>;
  const types = type[0] === "map" ? mapValues(fields, () => type[1]) : type[1];
  return mapValues(types, (t, key) => fromRaw(fields[key], t, [...path, key]));
}

function toRaw(value: Value, type: Type, path: readonly (string | number)[]): unknown {
  if (value === null || value === undefined) return null;
  if (value === UNKNOWN) return UNKNOWN_EXTENSION;
  if (type === "number") return numberTo(value, path);
  if (type === "string" || type === "bool") {
    if (typeof value !== (type === "bool" ? "boolean" : "string")) throw new TypeMismatch(type, value, path);
    return value;
  }
  if (type[0] === "list") {
    if (!Array.isArray(value)) throw new TypeMismatch("list", value, path);
    return value.map((item: Value, i) => toRaw(item, type[1], [...path, i]));
  }
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeMismatch(type[0], value, path);
  const fields = value as Readonly<Record<string, Value>>;
  if (type[0] === "map") return mapValues(fields, (v, key) => toRaw(v, type[1], [...path, key]));
  const stray = Object.keys(fields).find((key) => !Object.hasOwn(type[1], key));
  if (stray !== undefined) throw new TypeMismatch("no such attribute", fields[stray], [...path, stray]);
  return mapValues(type[1], (t, key) => toRaw(fields[key] ?? null, t, [...path, key]));
}

function numberFrom(raw: unknown, path: readonly (string | number)[]): Value {
  if (typeof raw === "number") return raw;
  if (typeof raw === "bigint") return narrow(raw);
  if (typeof raw !== "string" || !/^-?\d/.test(raw)) throw new TypeMismatch("number", raw, path);
  if (/^-?\d+$/.test(raw)) return narrow(BigInt(raw));
  return String(Number(raw)) === raw ? Number(raw) : new Decimal(raw);
}

/** Fractions travel as text: Terraform reads 512 bits of "0.1", a double would be another number. */
function numberTo(value: Value, path: readonly (string | number)[]): unknown {
  if (value instanceof Decimal) return value.text;
  if (typeof value === "bigint") return fits64(value) ? value : value.toString();
  if (typeof value !== "number" || !Number.isFinite(value)) throw new TypeMismatch("number", value, path);
  return Number.isSafeInteger(value) ? value : String(value);
}

const narrow = (n: bigint): number | bigint => (Number.isSafeInteger(Number(n)) ? Number(n) : n);
const fits64 = (n: bigint): boolean => n >= -(2n ** 63n) && n < 2n ** 64n;

function mapValues<T, R>(
  fields: Readonly<Record<string, T>>,
  f: (value: T, key: string) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, f(value, key)]));
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return Array.isArray(value) ? "a list" : typeof value;
}
