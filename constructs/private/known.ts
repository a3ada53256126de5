import { Token } from "cdktf";

/** The value, when it is known at synth. */
export function known<T>(value: T | undefined): T | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

/** The members whose values are known at synth. */
export function knownEntries<T extends object>(values: T): T;
export function knownEntries<T extends object>(values: T | undefined): T | undefined;
export function knownEntries<T extends object>(values: T | undefined): T | undefined {
  if (values === undefined) return undefined;
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !Token.isUnresolved(value))) as T;
}

/** The list with stand-ins for what is not known at synth; one alone for a list of which not even the length is. */
export function knownList(list: readonly string[], standIn: (i: number) => string): string[] {
  return Token.isUnresolved(list) ? [standIn(0)] : list.map((element, i) => known(element) ?? standIn(i));
}
