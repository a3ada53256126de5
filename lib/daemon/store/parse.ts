import type { z } from "zod";
import type { KeyedValue } from "../ports/store";
import type { Versioned } from "./records";

/**
 * Turns what etcd holds into typed values. A value that cannot be read is left out and told once, never an error: one broken
 * record must not take the cluster's control plane down. Each revision of a key is read once.
 */
export class Parser {
  private readonly seen = new Map<string, Versioned<unknown> | { modRevision: string }>();

  constructor(private readonly onCorrupt: (sentence: string) => void) {}

  parse<T>({ key, value, modRevision }: KeyedValue, schema: z.ZodType<T>): Versioned<T> | undefined {
    const known = this.seen.get(key);
    const found = known?.modRevision === modRevision ? known : this.read(key, value, modRevision, schema);
    return "value" in found ? (found as Versioned<T>) : undefined;
  }

  /** Forgets keys that are gone. */
  keepOnly(has: (key: string) => boolean): void {
    for (const key of this.seen.keys()) if (!has(key)) this.seen.delete(key);
  }

  private read<T>(
    key: string,
    text: string,
    modRevision: string,
    schema: z.ZodType<T>,
  ): Versioned<T> | { modRevision: string } {
    const problem = (): Versioned<T> | string => {
      try {
        const parsed = schema.safeParse(JSON.parse(text));
        if (parsed.success) return { value: deepFreeze(parsed.data), modRevision };
        return parsed.error.issues.map((i) => `${i.path.join(".") || "value"}: ${i.message}`).join("; ");
      } catch {
        return "it is no JSON";
      }
    };
    const result = problem();
    const found = typeof result === "string" ? { modRevision } : result;
    if (typeof result === "string") {
      this.onCorrupt(`record ${key} (revision ${modRevision}) cannot be read and is left out: ${result}`);
    }
    this.seen.set(key, found);
    return found;
  }
}

/** Everybody is given the same object. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
