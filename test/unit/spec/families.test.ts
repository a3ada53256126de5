import { readFileSync } from "node:fs";
import path from "node:path";
import { isKnownKey } from "../../../lib/spec/config-keys";
import { families, type ProcessSpec, type RoleListener } from "../../../lib/spec/families";

const processes = families.flatMap((f) =>
  [...f.roles, f.standalone].map((p) => [f.line, p.name, f, p] as const),
);
const keyOf = ({ section, key = "port" }: RoleListener): string => `${section}.${key}`;
const portsOf = (processes: readonly ProcessSpec[]): RoleListener["port"][] =>
  processes.flatMap((p) => p.listens.map((l) => l.port));

test.each(processes)(
  "%s %s: every key of its listeners and standbys is in the inventory",
  (_line, _name, f, p) => {
    const keys = p.listens.flatMap((l) => [keyOf(l), `${l.section}.ip`]);
    const all = [...keys, ...p.activeStandby.map((section) => `${section}.enableActiveStandby`)];
    expect(all.filter((key) => !isKnownKey(key, f))).toEqual([]);
  },
);

test.each(families)("$line: processes of one peer share no port, metrics index, name or role", (f) => {
  for (const all of [portsOf(f.roles), portsOf([f.standalone]), f.roles.map((r) => r.metricsIndex)]) {
    expect(new Set<unknown>(all).size).toBe(all.length);
  }
  expect(new Set(f.roles.map((r) => r.name)).size).toBe(f.roles.length);
  expect(new Set(f.roles.map((r) => r.role)).size).toBe(f.roles.length);
});

test.each(families)("$line: a port that two processes claim is told to one of them by variable", (f) => {
  const inFile = f.roles.flatMap((r) => r.listens.filter((l) => l.variable === undefined).map(keyOf));
  expect(new Set(inFile).size).toBe(inFile.length);
});

test.each(families)("$line: a standalone process serves clients and what its line's roles serve", (f) => {
  const served = new Set(f.standalone.listens.map(keyOf));
  expect(f.standalone.listens).toContainEqual({ section: "proxy", port: "milvus" });
  expect(f.roles.flatMap((r) => r.listens.map(keyOf)).filter((key) => !served.has(key))).toEqual([]);
});

test.each(families)(
  "$line: what it wants always is in its inventory, its defaults are among its queues",
  (f) => {
    expect(Object.keys(f.fixed).filter((key) => !isKnownKey(key, f))).toEqual([]);
    expect(f.standaloneQueues).toContain(f.defaultStandaloneQueue);
    if (f.defaultQueue !== undefined) expect(f.queues).toContain(f.defaultQueue);
    expect(f.queues).not.toContain("rocksmq");
  },
);

test("Woodpecker belongs to 2.6, which may also write its keys in etcd", () => {
  const with26 = families.filter((f) => f.queues.includes("woodpecker"));
  expect(with26.map((f) => f.line)).toEqual(["2.6"]);
  expect(with26[0]!.etcdPrefixes).toEqual(["by-dev/", "woodpecker/"]);
});

test.each(families)("$line: docs/milvus-versions.md says its versions, roles and queues", (f) => {
  const docs = readFileSync(path.join(__dirname, "../../../docs/milvus-versions.md"), "utf8");
  const row = docs.split("\n").find((line) => line.startsWith(`| ${f.line} `)) ?? "";
  expect(row.split("|").map((cell) => cell.trim())).toEqual([
    "",
    f.line,
    `v${f.line}.0 to v${f.line}.${f.newestPatch}`,
    f.roles.map(({ role }) => role).join(", "),
    f.queues.join(", "),
    f.standaloneQueues.join(", "),
    f.internalTls ? "yes" : "no",
    "",
  ]);
});
