import type { Problem } from "../spec";

export function error(path: string, message: string): Problem {
  return { severity: "error", path, message };
}

export function warning(path: string, message: string): Problem {
  return { severity: "warning", path, message };
}

/** A list with the error that a validator of one value found, or an empty one. */
export function errorIf(path: string, message: string | undefined): Problem[] {
  return message === undefined ? [] : [error(path, message)];
}

/** One of a few words. */
export function checkOneOf(value: string, known: readonly string[]): string | undefined {
  if (known.includes(value)) return undefined;
  return `"${value}" is neither ${known.map((k) => `"${k}"`).join(" nor ")}`;
}

/** A whole number within bounds, both included. */
export function checkWhole(
  path: string,
  value: number,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): Problem[] {
  if (Number.isInteger(value) && value >= min && value <= max) return [];
  const bounds = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return [error(path, `${value} is not a whole number ${bounds}`)];
}
