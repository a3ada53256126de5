import { canonicalJson } from "../../../lib/spec/canonical";
import { checkQueuePresence } from "../../../lib/spec/checks/queue";
import { families } from "../../../lib/spec/families";
import { hostOf, hostPort, peerOf } from "../../../lib/spec/host";
import { hostRange, poolHosts } from "../../../lib/spec/pool";
import { portsOf } from "../../../lib/spec/ports";
import { didYouMean, editDistance, nearest } from "../../../lib/spec/suggest";
import { input, peers, spec } from "./fixture";

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
    expect(hostOf({ name: "peer-1", address: "198.18.0.11" })).toBe("peer-1");
    expect(hostOf({ name: "peer-1", address: "db-1.example" })).toBe("db-1.example");
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
    const compiled = spec({ storage: { peers: ["peer-3", "peer-1"], drivesPerPeer: 4 } });
    expect(poolHosts(compiled)).toEqual(["peer-3", "peer-1"]);
  });
});

describe("ports of a peer", () => {
  const used = (peer: string): number[] =>
    portsOf(
      spec({ peers: peers(4), storage: { peers: ["peer-1", "peer-2", "peer-3"], drivesPerPeer: 4 } }),
      peer,
    )
      .map((use) => use.port)
      .sort((a, b) => a - b);
  const base = [
    2379, 2380, 2381, 9002, 9091, 9092, 9093, 9094, 9095, 13333, 19500, 19529, 19530, 19531, 19537,
  ];
  const milvus = [21121, 21123, 21124, 22125];

  test.each([
    ["peer-1", "in the pool", [9000, 9001]],
    ["peer-2", "in the pool, with Pulsar", [6650, 8080, 9000, 9001]],
    ["peer-4", "with neither", []],
  ])("%s, %s", (peer, _what, extra) => {
    expect(used(peer)).toEqual([...base, ...milvus, ...extra].sort((a, b) => a - b));
  });

  test("what listens on loopback only is told apart", () => {
    const local = portsOf(spec(), "peer-2").filter((use) => !use.remote);
    expect(local.map((use) => use.port)).toEqual([9002, 2381, 9091, 9092, 9093, 9094, 9095, 9001]);
  });
});

describe("a line without a message queue", () => {
  const woodpecker = { ...families.at(-1)!, line: "2.6", queue: undefined };

  test("takes none", () => {
    expect(checkQueuePresence(input({ queue: undefined }), woodpecker)).toEqual([]);
  });

  test("refuses Pulsar", () => {
    expect(checkQueuePresence(input(), woodpecker)).toEqual([
      {
        severity: "error",
        path: "queue",
        message: "Milvus 2.6 keeps its log in the object store and uses no Pulsar; remove the queue",
      },
    ]);
  });
});

test("roles of a line never share a port or a metrics port", () => {
  for (const { roles } of families) {
    const ports = roles.flatMap((role) => role.listens.map((l) => l.port));
    expect(new Set(ports).size).toBe(ports.length);
    expect(roles.map((role) => role.metricsIndex)).toEqual(roles.map((_, i) => i));
  }
});
