import {
  COMMON_KEYS,
  type BooleanKey,
  type CommonKey,
  type DurationKey,
  type NumberKey,
  type WordKey,
} from "./common-keys";
import type { ConfigValue } from "./spec";

/** A number and its unit: "200ms", "90s", "72h". */
export type Duration = `${number}${"ms" | "s" | "m" | "h"}`;

/** Common keys of Milvus with the type of each one's value. Bounds and units: `COMMON_KEYS`. */
export type CommonConfig = {
  readonly [K in keyof typeof COMMON_KEYS]?: ValueOf<(typeof COMMON_KEYS)[K]>;
};

/** Settings of Milvus by dotted key: common ones are type-checked, every other key of the version may be set, too. */
export type MilvusConfig = CommonConfig & Readonly<Record<string, ConfigValue>>;

type ValueOf<K> = K extends BooleanKey
  ? boolean
  : K extends NumberKey
    ? number
    : K extends WordKey<infer W>
      ? W
      : K extends DurationKey
        ? Duration
        : never;

/** What is wrong with the value of a common key; undefined when nothing is, or the key is none of them. */
export function checkCommonValue(key: string, value: ConfigValue): string | undefined {
  if (!Object.hasOwn(COMMON_KEYS, key)) return undefined;
  const common: CommonKey = COMMON_KEYS[key as keyof typeof COMMON_KEYS];
  return allows(common, value) ? undefined : `${JSON.stringify(value)} is ${refusal(common)}`;
}

function allows(common: CommonKey, value: ConfigValue): boolean {
  switch (common.type) {
    case "boolean":
      return typeof value === "boolean";
    case "word":
      return common.words.some((word) => word === value);
    case "duration":
      return typeof value === "string" && /^\d+(\.\d+)?(ms|s|m|h)$/.test(value);
    default:
      return typeof value === "number" && isWithin(common, value);
  }
}

function isWithin({ type, min, max = Infinity }: NumberKey, value: number): boolean {
  return (
    (type === "whole" ? Number.isInteger(value) : Number.isFinite(value)) && value >= min && value <= max
  );
}

function refusal(common: CommonKey): string {
  switch (common.type) {
    case "boolean":
      return "neither true nor false";
    case "word":
      return `neither ${common.words.map((word) => `"${word}"`).join(" nor ")}`;
    case "duration":
      return 'not a duration: a number with ms, s, m or h, such as "200ms"';
    default:
      return `not ${describeNumber(common)}`;
  }
}

/** "a whole number of seconds from 1 to 60", "a number of MB a second, at least -1 (no limit)". */
function describeNumber({ type, unit, min, max }: NumberKey): string {
  const kind = type === "whole" ? "a whole number" : "a number";
  const least = min === -1 ? "-1 (no limit)" : String(min);
  const bounds = max === undefined ? `, at least ${least}` : ` from ${least} to ${max}`;
  return `${kind}${unit === undefined ? "" : ` of ${unit}`}${bounds}`;
}
