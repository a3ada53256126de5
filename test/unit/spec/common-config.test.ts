import { readFileSync } from "node:fs";
import path from "node:path";
import { checkConfig } from "../../../lib/spec/checks/settings";
import { checkCommonValue, type MilvusConfig } from "../../../lib/spec/common-config";
import { COMMON_KEYS, type CommonKey } from "../../../lib/spec/common-keys";
import { checkConfigKey, isKnownKey } from "../../../lib/spec/config-keys";
import { configValue } from "../../../lib/spec/config-value";
import { families } from "../../../lib/spec/families";
import { OWNED } from "../../../lib/spec/owned-keys";
import type { ConfigValue } from "../../../lib/spec/spec";

const common = Object.entries<CommonKey>(COMMON_KEYS);
const family = (line: string) => families.find((f) => f.line === line)!;

test.each<[string, ConfigValue]>([
  ["log.level", "warn"],
  ["quotaAndLimits.dml.insertRate.max", -1],
  ["quotaAndLimits.dml.insertRate.max", 0.5],
  ["dataCoord.segment.maxSize", 2048],
  ["queryNode.mmap.vectorField", false],
  ["woodpecker.logstore.retentionPolicy.ttl", "72h"],
  ["woodpecker.logstore.segmentSyncPolicy.maxInterval", "0.5s"],
  ["rootCoord.maxGeneralCapacity", "anything: not one of the common keys"],
  ["toString", "no key of the table either"],
])("%s may be %p", (key, value) => {
  expect(checkCommonValue(key, value)).toBeUndefined();
});

test.each<[string, ConfigValue, string]>([
  [
    "log.level",
    "loud",
    '"loud" is neither "debug" nor "info" nor "warn" nor "error" nor "panic" nor "fatal"',
  ],
  ["log.level", true, 'true is neither "debug" nor "info" nor "warn" nor "error" nor "panic" nor "fatal"'],
  ["dataCoord.segment.maxSize", 0, "0 is not a whole number of MB, at least 1"],
  ["dataCoord.segment.maxSize", 10.5, "10.5 is not a whole number of MB, at least 1"],
  ["dataCoord.segment.maxSize", "10", '"10" is not a whole number of MB, at least 1'],
  ["queryNode.maxDiskUsagePercentage", 120, "120 is not a number of percent from 1 to 100"],
  ["quotaAndLimits.dml.insertRate.max", -2, "-2 is not a number of MB a second, at least -1 (no limit)"],
  ["dataCoord.segment.sealProportion", 12, "12 is not a number from 0.01 to 1"],
  ["queryNode.mmap.vectorField", "yes", '"yes" is neither true nor false'],
  [
    "woodpecker.logstore.retentionPolicy.ttl",
    72,
    '72 is not a duration: a number with ms, s, m or h, such as "200ms"',
  ],
])("%s may not be %p", (key, value, message) => {
  expect(checkCommonValue(key, value)).toBe(message);
});

test("values that come as text through Terraform mean what they say", () => {
  expect(checkCommonValue("dataCoord.gc.interval", configValue("30"))).toBeUndefined();
  expect(checkCommonValue("queryNode.mmap.vectorIndex", configValue("true"))).toBeUndefined();
  expect(checkCommonValue("dataCoord.gc.interval", configValue("soon"))).toMatch('"soon" is not a whole');
});

test("a config's problem is where it is, one for each key, and the key's own goes first", () => {
  const config = { "log.level": "loud", "woodpecker.logstore.retentionPolicy.ttl": 72, "mq.type": "kafka" };
  expect(checkConfig(config, family("2.5"))).toEqual([
    { severity: "error", path: 'config["log.level"]', message: expect.stringMatching("neither") },
    {
      severity: "error",
      path: 'config["woodpecker.logstore.retentionPolicy.ttl"]',
      message: expect.stringMatching("unknown config key"),
    },
    { severity: "error", path: 'config["mq.type"]', message: expect.stringMatching("set queue") },
  ]);
});

test("every common key is known to some line, and a user's to set", () => {
  for (const [key] of common) {
    const lines = families.filter((f) => isKnownKey(key, f));
    expect([key, lines.map((f) => checkConfigKey(key, f))]).toEqual([key, lines.map(() => undefined)]);
    expect([key, lines.length]).not.toEqual([key, 0]);
  }
});

test("docs/configuration.md has a row for each of them, with its values and its lines", () => {
  expect(documented("Keys with a type")).toEqual(common.map(([key, k]) => rowOf(key, k)));
});

test("docs/configuration.md says of every key that is ours what to use instead", () => {
  const code = (patterns: string): string =>
    patterns
      .split(" ")
      .map((key) => `\`${key}\``)
      .join(", ");
  const rows = OWNED.map(([patterns, instead]) => `| ${code(patterns)} | ${instead} |`);
  expect(documented("Keys that are ours")).toEqual(rows);
});

/** Rows of the table in a section of the page, without the padding. */
function documented(heading: string): string[] {
  const docs = readFileSync(path.join(__dirname, "../../../docs/configuration.md"), "utf8");
  const section = docs.split("\n## ").find((part) => part.startsWith(heading)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) => row.replace(/ +/g, " ").trim());
}

function rowOf(key: string, k: CommonKey): string {
  const lines = families.filter((f) => isKnownKey(key, f)).map((f) => f.line);
  return `| \`${key}\` | ${valuesOf(k)} | ${k.meaning} | ${lines.join(", ")} |`;
}

function valuesOf(k: CommonKey): string {
  if (k.type === "boolean") return "true, false";
  if (k.type === "word") return k.words.join(", ");
  if (k.type === "duration") return "duration";
  const bounds = k.max === undefined ? `from ${k.min}` : `${k.min} to ${k.max}`;
  return `${k.type === "whole" ? "whole" : "any"} ${bounds}${k.unit === undefined ? "" : `, ${k.unit}`}`;
}

test("the compiler knows the values of common keys, and lets other keys be (checked by tsc)", () => {
  const good: MilvusConfig = {
    "log.level": "debug",
    "queryNode.mmap.vectorField": true,
    "dataCoord.segment.maxSize": 512,
    "woodpecker.logstore.retentionPolicy.ttl": "72h",
    "rootCoord.maxGeneralCapacity": 65536,
  };
  // @ts-expect-error: no such level
  const word: MilvusConfig = { "log.level": "loud" };
  // @ts-expect-error: not a boolean
  const flag: MilvusConfig = { "queryNode.mmap.vectorField": "true" };
  // @ts-expect-error: not a number
  const size: MilvusConfig = { "dataCoord.segment.maxSize": "512" };
  // @ts-expect-error: no unit
  const time: MilvusConfig = { "woodpecker.logstore.retentionPolicy.ttl": "72" };
  // @ts-expect-error: a setting is one value
  const list: MilvusConfig = { "rootCoord.maxGeneralCapacity": [1] };
  const plain: Readonly<Record<string, ConfigValue>> = good;
  expect(checkConfig(plain, family("2.6"))).toEqual([]);
  for (const config of [word, flag, size, time]) expect(checkConfig(config, family("2.6"))).toHaveLength(1);
  expect(Object.keys(list)).toHaveLength(1);
});
