import { renderAll, renderPeer } from "../../../lib/render";
import { families } from "../../../lib/spec/families";
import { MASKED } from "../../../lib/spec/secrets";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { names, peers, pool, spec } from "../spec/fixture";
import { filesOf, SECRET_VALUES, SECRETS, service } from "./fixture";

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
  const filesOn = (compiled: ClusterSpec, peer: string): string[] =>
    renderPeer(compiled, peer, SECRETS).map((f) => f.name);
  const common = ["docker-compose.yml", "milvus.yaml", "nginx.conf"];
  const four = spec({ peers: peers(4), storage: pool(names(1, 3)) });

  test.each([
    ["peer-1", "in the pool", ["minio.env"]],
    [
      "peer-2",
      "in the pool, with Pulsar",
      ["minio.env", "pulsar-standalone.conf", "pulsar-token.key", "pulsar.token", "pulsar-token.header"],
    ],
    ["peer-4", "with neither", []],
  ])("%s, %s", (peer, _what, extra) => {
    expect(filesOn(four, peer)).toEqual([...common, ...extra]);
  });

  test("a pool whose host names do not count up is described in a file of its own", () => {
    const odd = spec({
      peers: ["red", "green", "blue"].map((name, i) => ({ name, address: `198.18.0.${11 + i}` })),
      queue: { pulsarSingleton: { host: "red" } },
    });
    expect(filesOn(odd, "blue")).toEqual([...common, "minio.env", "minio-pool.yaml"]);
  });

  test("a plan names every file by its peer", () => {
    const paths = Object.keys(renderAll(four, MASKED));
    expect(paths).toHaveLength(4 * 3 + 3 + 4);
    expect(paths).toContain("peer-4/nginx.conf");
  });
});

describe("secrets", () => {
  const all = newest.flatMap((version) =>
    ["peer-1", "peer-2"].flatMap((peer) => renderPeer(spec({ version }), peer, SECRETS)),
  );

  test("rest only in files that nobody but root reads", () => {
    for (const { name, mode, content } of all) {
      const secret = SECRET_VALUES.some((value) => content.includes(value));
      expect([name, mode.toString(8)]).toEqual([name, secret ? "600" : "644"]);
    }
  });

  const holders = (secret: string): string[] => [
    ...new Set(all.filter((f) => f.content.includes(secret)).map((f) => f.name)),
  ];

  test.each([
    ["MinIO's root password is MinIO's alone", SECRETS.minioRootPassword, ["minio.env"]],
    ["Milvus' MinIO user is Milvus' alone", SECRETS.minioPassword, ["milvus.yaml"]],
    ["the key of tokens is Pulsar's alone", SECRETS.pulsarTokenKey, ["pulsar-token.key"]],
    ["Milvus' root password is nobody's", SECRETS.milvusRootPassword, []],
  ])("%s", (_title, secret, files) => {
    expect(holders(secret)).toEqual(files);
  });

  test("are masked in a plan, with every other line as it will be", () => {
    const plan = renderAll(spec(), MASKED);
    const real = renderAll(spec(), SECRETS);
    for (const secret of SECRET_VALUES) expect(JSON.stringify(plan)).not.toContain(secret);
    for (const [path, content] of Object.entries(real)) {
      const masked = SECRET_VALUES.reduce((text, secret) => text.replaceAll(secret, "(sensitive)"), content);
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

test.each(families)("Milvus $line: its settings are mounted where it reads them", (family) => {
  const compiled = spec({ version: `v${family.line}.${family.newestPatch}` });
  const target = family.line === "2.3" ? "milvus.yaml" : "user.yaml";
  for (const role of family.roles) {
    expect(filesOf(service(compiled, "peer-1", role.name))).toContain(
      `/etc/milvus-onprem/rendered/milvus.yaml:/milvus/configs/${target}:ro`,
    );
  }
});
