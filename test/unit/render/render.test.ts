import { renderAll, renderPeer } from "../../../lib/render";
import { isKnownKey } from "../../../lib/spec/config-keys";
import { families } from "../../../lib/spec/families";
import { MASKED } from "../../../lib/spec/secrets";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { peers, spec } from "../spec/fixture";
import { milvusKeys, SECRETS, services } from "./fixture";

const newest = families.map((f) => `v${f.line}.${f.newestPatch}`);

/** The same value with the keys of every object in another order. */
function shuffled<T>(value: T, seed: number): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((member) => shuffled(member as unknown, seed)) as T;
  const entries = Object.entries(value).map(
    ([key, member]) => [key, shuffled(member as unknown, seed)] as const,
  );
  const rank = (key: string): number =>
    [...key].reduce((hash, c) => (hash * 31 + c.charCodeAt(0) * seed) % 997, seed);
  return Object.fromEntries(entries.sort(([a], [b]) => rank(a) - rank(b))) as T;
}

describe("files of a peer", () => {
  const names = (compiled: ClusterSpec, peer: string): string[] =>
    renderPeer(compiled, peer, SECRETS).map((f) => f.name);
  const common = ["docker-compose.yml", "milvus.yaml", "nginx.conf"];
  const four = spec({
    peers: peers(4),
    storage: { peers: ["peer-1", "peer-2", "peer-3"], drivesPerPeer: 4 },
  });

  test.each([
    ["peer-1", "in the pool", ["minio.env"]],
    ["peer-2", "in the pool, with Pulsar", ["minio.env", "pulsar-standalone.conf"]],
    ["peer-4", "with neither", []],
  ])("%s, %s", (peer, _what, extra) => {
    expect(names(four, peer)).toEqual([...common, ...extra]);
  });

  test("a pool whose host names do not count up is described in a file of its own", () => {
    const odd = spec({
      peers: ["red", "green", "blue"].map((name, i) => ({ name, address: `198.18.0.${11 + i}` })),
      queue: { host: "red" },
    });
    expect(names(odd, "blue")).toEqual([...common, "minio.env", "minio-pool.yaml"]);
  });

  test("a plan names every file by its peer", () => {
    const paths = Object.keys(renderAll(four, MASKED));
    expect(paths).toHaveLength(4 * 3 + 3 + 1);
    expect(paths).toContain("peer-4/nginx.conf");
  });
});

describe("secrets", () => {
  const all = newest.flatMap((version) =>
    ["peer-1", "peer-2"].flatMap((peer) => renderPeer(spec({ version }), peer, SECRETS)),
  );
  const values = Object.values(SECRETS) as string[];

  test("rest only in files that nobody but root reads", () => {
    for (const { name, mode, content } of all) {
      const secret = values.some((value) => content.includes(value));
      expect([name, mode.toString(8)]).toEqual([name, secret ? "600" : "644"]);
    }
  });

  test("are where Milvus and MinIO need them", () => {
    const holders = all.filter((f) => f.content.includes(SECRETS.minioRootPassword)).map((f) => f.name);
    expect([...new Set(holders)].sort()).toEqual(["milvus.yaml", "minio.env"]);
  });

  test("are masked in a plan, with every other line as it will be", () => {
    const plan = renderAll(spec(), MASKED);
    const real = renderAll(spec(), SECRETS);
    expect(JSON.stringify(plan)).not.toContain(SECRETS.minioRootPassword);
    for (const [path, content] of Object.entries(real)) {
      const masked = content
        .replaceAll(SECRETS.minioRootUser, MASKED.minioRootUser)
        .replaceAll(SECRETS.minioRootPassword, MASKED.minioRootPassword);
      expect(plan[path]).toBe(masked);
    }
  });
});

describe("determinism", () => {
  const compiled = spec({
    config: { "proxy.maxTaskNum": 1, "dataNode.segment.syncPeriod": 2, "log.level": "warn" },
  });

  test("equal specs give equal bytes, whatever the order of their keys", () => {
    const expected = renderAll(compiled, SECRETS);
    for (let seed = 1; seed <= 50; seed++) {
      expect(renderAll(shuffled(compiled, seed), shuffled(SECRETS, seed))).toEqual(expected);
    }
  });

  test("the shuffle does shuffle", () => {
    expect(Object.keys(shuffled(compiled, 7))).not.toEqual(Object.keys(compiled));
  });
});

describe.each(newest)("Milvus %s", (version) => {
  const compiled = spec({ version });
  const family = families.find((f) => version.startsWith(`v${f.line}.`))!;

  test("every key that is rendered is one that it reads", () => {
    const unknown = Object.keys(milvusKeys(compiled, "peer-1")).filter((key) => !isKnownKey(key, family));
    expect(unknown).toEqual([]);
  });

  test("its settings are mounted where it reads them", () => {
    const target = family.line === "2.3" ? "milvus.yaml" : "user.yaml";
    for (const role of family.roles) {
      expect(services(compiled, "peer-1")[role.name]?.volumes).toContain(
        `/etc/milvus-onprem/rendered/milvus.yaml:/milvus/configs/${target}:ro`,
      );
    }
  });
});
