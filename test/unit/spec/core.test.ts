import { canonicalJson } from "../../../lib/spec/canonical";
import { families } from "../../../lib/spec/families";
import { hostOf, hostPort, peerOf } from "../../../lib/spec/host";
import { hostRange, poolHosts, poolsOf } from "../../../lib/spec/pool";
import { portsOf } from "../../../lib/spec/ports";
import type { ClusterSpecInput } from "../../../lib/spec/spec";
import { didYouMean, editDistance, nearest } from "../../../lib/spec/suggest";
import { names, peers, pool, spec } from "./fixture";

describe("suggestions", () => {
  test.each([
    ["", "", 0],
    ["kitten", "sitting", 3],
    ["flaw", "lawn", 2],
    ["", "abc", 3],
  ])("%s to %s takes %i edits", (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
    expect(editDistance(b, a)).toBe(edits);
  });

  test("the nearest wins, the first of equals", () => {
    expect(nearest("peer-4", ["db", "peer-1", "peer-2"])).toBe("peer-1");
    expect(nearest("peer-22", ["peer-1", "peer-2"])).toBe("peer-2");
  });

  test("what is far from everything gets none", () => {
    expect(didYouMean("database", ["peer-1", "peer-2"])).toBe("");
  });
});

describe("canonical JSON", () => {
  test("is the same for equal values, whatever the order of their keys", () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: undefined })).toBe('{"b":[{"c":null,"d":1}]}');
    expect(canonicalJson({ x: 1, y: { b: 2, a: 3 } })).toBe(canonicalJson({ y: { a: 3, b: 2 }, x: 1 }));
  });

  test("keeps the order of lists", () => {
    expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
  });

  test("survives a round trip over the wire", () => {
    const compiled = spec();
    expect(canonicalJson(JSON.parse(JSON.stringify(compiled)))).toBe(canonicalJson(compiled));
  });
});

describe("hosts", () => {
  test("a peer known by an IP goes by its name, one known by a DNS name by that", () => {
    expect(hostOf({ name: "peer-1", address: "198.18.0.11", roles: [] })).toBe("peer-1");
    expect(hostOf({ name: "peer-1", address: "db-1.example", roles: [] })).toBe("db-1.example");
  });

  test("an IPv6 address gets brackets before a port", () => {
    expect([hostPort("fd00::2", 80), hostPort("198.18.0.1", 80)]).toEqual(["[fd00::2]:80", "198.18.0.1:80"]);
  });

  test("asking for a stranger is a fault of the caller", () => {
    expect(() => peerOf(spec(), "peer-9")).toThrow('cluster "vectors" has no peer "peer-9"');
  });

  test.each([
    [["peer-1", "peer-2", "peer-3"], { prefix: "peer-", first: 1, last: 3, suffix: "" }],
    [["db9.example", "db10.example"], { prefix: "db", first: 9, last: 10, suffix: ".example" }],
    [["a-2", "a-1"], undefined],
    [["a-1", "a-3"], undefined],
    [["a-01", "a-02"], { prefix: "a-0", first: 1, last: 2, suffix: "" }],
    [["a-09", "a-10"], undefined],
    [["red", "green"], undefined],
    [["a-1"], undefined],
  ])("%j as a range", (hosts, range) => {
    expect(hostRange(hosts)).toEqual(range);
  });

  test("the pool's own order counts, not that of the peers", () => {
    const compiled = spec({ storage: pool(["peer-3", "peer-1"]) });
    expect(poolHosts(compiled, poolsOf(compiled)[0]!)).toEqual(["peer-3", "peer-1"]);
  });
});

describe("ports of a peer", () => {
  const four = { peers: peers(4), storage: pool(names(1, 3)) };
  const used = (peer: string, overrides: Partial<ClusterSpecInput> = {}): number[] =>
    portsOf(spec({ ...four, ...overrides }), peer)
      .map((use) => use.port)
      .sort((a, b) => a - b);
  const base = [2379, 2380, 2381, 9002, 19500, 19537];
  const milvus = [
    ...[9091, 9092, 9093, 9094, 9095, 13333, 19529, 19530, 19531],
    ...[21121, 21123, 21124, 22125],
  ];
  const pulsar = [6650, 8080];

  test.each([
    ["peer-1", "in the pool", [9000, 9001]],
    ["peer-2", "in the pool, with Pulsar", [9000, 9001]],
    ["peer-4", "with neither", []],
  ])("%s, %s; the way to Pulsar is on every peer", (peer, _what, extra) => {
    expect(used(peer)).toEqual([...base, ...milvus, ...pulsar, ...extra].sort((a, b) => a - b));
  });

  test("a peer has the ports of its roles alone", () => {
    const dedicated = four.peers.map((p) => (p.name === "peer-4" ? { ...p, roles: ["query" as const] } : p));
    expect(used("peer-4", { peers: dedicated })).toEqual(
      [...base, ...pulsar, 9093, 21123].sort((a, b) => a - b),
    );
  });

  test("a standalone process has one metrics port, and the ports of every role", () => {
    const lone = portsOf(spec({ mode: "standalone", peers: peers(1), queue: undefined }), "peer-1");
    const own = lone.filter(({ owner }) => owner.startsWith("Milvus"));
    expect(own.map((use) => use.port).sort((a, b) => a - b)).toEqual([
      ...[9091, 13333, 19529, 19530, 19531],
      ...[21121, 21123, 21124, 22125],
    ]);
  });

  test("with TLS for clients, REST has a port of its own", () => {
    const used = portsOf(spec({ security: { clientTls: "server" } }), "peer-1");
    expect(used.find((use) => use.path === "ports.milvusRest")).toMatchObject({ port: 19533, remote: true });
  });

  test("what listens on loopback only is told apart; Pulsar is let in by the load balancer of its host", () => {
    const local = (peer: string): number[] =>
      portsOf(spec(), peer)
        .filter((use) => !use.remote)
        .map((use) => use.port);
    expect(local("peer-2")).toEqual([9002, 2381, 9091, 9092, 9093, 9094, 9095, 9001]);
    expect(local("peer-1")).toEqual([...local("peer-2"), 6650, 8080]);
  });
});

test("roles of a line never share a port or a metrics port", () => {
  for (const { roles } of families) {
    const ports = roles.flatMap((role) => role.listens.map((l) => l.port));
    expect(new Set(ports).size).toBe(ports.length);
    expect(roles.map((role) => role.metricsIndex)).toEqual(roles.map((_, i) => i));
  }
});
