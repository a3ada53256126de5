import { Token } from "cdktf";

/** A value, or undefined while only Terraform will know it. */
export function known<T>(value: T | undefined): T | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

/** The members that are known by now. */
export function knownEntries<T extends object>(values: T): T;
export function knownEntries<T extends object>(values: T | undefined): T | undefined;
export function knownEntries<T extends object>(values: T | undefined): T | undefined {
  if (values === undefined) return undefined;
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !Token.isUnresolved(value))) as T;
}

/** A list with something in the place of each entry that is not known yet; of one that is none itself, of a single entry. */
export function knownList(values: readonly string[], standIn: (i: number) => string): string[] {
  if (Token.isUnresolved(values)) return [standIn(0)];
  return values.map((value, i) => known(value) ?? standIn(i));
}
