/** A value that Terraform will know only while applying. */
export const UNKNOWN = Symbol.for("terraform.unknown");

/** A number that neither a double nor an integer can hold exactly; `text` is its decimal form. */
export class Decimal {
  constructor(readonly text: string) {}
}

/** Any Terraform value. Integers beyond 2^53 are bigint, long fractions Decimal, every other number is a number. */
export type Value =
  | null
  | boolean
  | string
  | number
  | bigint
  | Decimal
  | typeof UNKNOWN
  | readonly Value[]
  | { readonly [key: string]: Value };

/** A Terraform type constraint, in the form in which the protocol writes it as JSON. */
export type Type =
  | "string"
  | "number"
  | "bool"
  | readonly ["list", Type]
  | readonly ["map", Type]
  | readonly ["object", { readonly [name: string]: Type }];

/** Deep equality; an unknown value equals only an unknown value. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a instanceof Decimal || b instanceof Decimal) {
    return a instanceof Decimal && b instanceof Decimal && a.text === b.text;
  }
  if (!isContainer(a) || !isContainer(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((k) => Object.hasOwn(b, k) && equal(a[k]!, b[k]!))
  );
}

/** Whether any part of it is unknown. */
export function hasUnknown(value: Value): boolean {
  if (value === UNKNOWN) return true;
  return isContainer(value) && Object.values(value).some(hasUnknown);
}

function isContainer(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === "object" && value !== null && !(value instanceof Decimal);
}
