/** Stands where a plan marks something as sensitive. */
export const SEALED = "(sensitive)";

/** Shorter texts are no secrets, and are part of many words. */
const LEAST_LENGTH = 4;

/** The value with its form, and nothing of what the marks of a plan call sensitive. */
export function seal(value: unknown, marks: unknown): unknown {
  if (marks === true) return sealAll(value);
  return mapMembers(value, (member, key) => seal(member, memberOf(marks, key)));
}

/** Texts that the marks call sensitive. */
export function sensitiveTexts(value: unknown, marks: unknown): string[] {
  if (typeof value === "string") return marks === true && value.length >= LEAST_LENGTH ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    sensitiveTexts(member, marks === true ? true : memberOf(marks, key)),
  );
}

/** The value with these texts sealed wherever they occur: what was computed from something sensitive holds it, too. */
export function redact(value: unknown, texts: readonly string[]): unknown {
  if (typeof value === "string")
    return texts.reduce((text, secret) => text.replaceAll(secret, SEALED), value);
  return mapMembers(value, (member) => redact(member, texts));
}

function sealAll(value: unknown): unknown {
  if (typeof value === "string") return SEALED;
  return typeof value === "object" ? mapMembers(value, sealAll) : null;
}

function mapMembers(value: unknown, f: (member: unknown, key: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((member, i) => f(member, String(i)));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, f(member, key)]));
}

/** Of an object or a list, where it has one. */
export function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
