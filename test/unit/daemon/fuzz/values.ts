import type { Json } from "../../../../lib/daemon/api/openapi";
import type { Random } from "./random";

/** What programs and people send by mistake, or on purpose. */
export const JUNK: readonly unknown[] = [
  ...[null, true, 0, -1, 1e308, 2 ** 53, 0.1, "", " ", "null", "-1", "NaN", [], [[]], {}, [null]],
  ..."../../etc/passwd|%00|%2e%2e|\u0000|\ud83d\ude00|\u202e|'; DROP TABLE jobs;--|${7*7}|<script>|\r\nx: y".split(
    "|",
  ),
  ...["a".repeat(300), "9".repeat(40), { __proto__: null, constructor: 1 }, { toString: "x" }],
];

/** Strings that mean something here; a test adds those that exist only while it runs, such as the ids of jobs. */
export const WORDS = [
  "peer-1",
  "etcd",
  "proxy",
  "noop",
  "daemon",
  "vectors",
  "/data",
  "127.0.0.1",
  "v2.3.5",
  "7",
];

/** Something that fits a JSON Schema, more or less; `wild`: how often a member does not. */
export function valueOf(schema: Json, defs: Json, random: Random, wild: number): unknown {
  if (random.chance(wild)) return random.pick(JUNK);
  if (typeof schema.$ref === "string")
    return valueOf(defs[schema.$ref.split("/").at(-1)!] as Json, defs, random, wild);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return random.pick(schema.enum as unknown[]);
  const choices = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (choices) return valueOf(random.pick(choices), defs, random, wild);
  return typed(schema, defs, random, wild);
}

function typed(schema: Json, defs: Json, random: Random, wild: number): unknown {
  const inner = (s: unknown): unknown => valueOf((s ?? {}) as Json, defs, random, wild / 2);
  switch (schema.type) {
    case "object": {
      const properties = Object.entries((schema.properties ?? {}) as Record<string, Json>);
      const required = (schema.required ?? []) as string[];
      const given = properties.filter(([name]) => required.includes(name) || random.chance(0.5));
      return Object.fromEntries(given.map(([name, s]) => [name, inner(s)]));
    }
    case "array":
      return Array.from({ length: 1 + Math.floor(random.next() * 3) }, () => inner(schema.items));
    case "integer":
    case "number":
      return Number(schema.minimum ?? 1) + Math.floor(random.next() * 10);
    case "boolean":
      return random.chance(0.5);
    case "string":
      return random.pick(fitting(schema.pattern as string | undefined));
    default:
      return random.pick(JUNK);
  }
}

function fitting(pattern: string | undefined): readonly string[] {
  const found = pattern === undefined ? [] : WORDS.filter((word) => new RegExp(pattern).test(word));
  return found.length > 0 ? found : WORDS;
}
