import { fingerprints, renderPeer } from "../../../lib/render";
import { FINGERPRINT_LABEL } from "../../../lib/render/fingerprint";
import { peerOf } from "../../../lib/spec/host";
import { MASKED } from "../../../lib/spec/secrets";
import type { ClusterSpec, ClusterSpecInput } from "../../../lib/spec/spec";
import { names, peers, pool, spec } from "../spec/fixture";
import { file, service, services } from "./fixture";

type Overrides = Partial<ClusterSpecInput>;

/** Services of a peer whose containers a change makes anew. */
function changed(before: ClusterSpec, after: ClusterSpec, peer = "peer-2"): string[] {
  const [old, next] = [before, after].map((s) => fingerprints(s, peerOf(s, peer)));
  expect(Object.keys(next!)).toEqual(Object.keys(old!));
  return Object.keys(next!).filter((name) => next![name] !== old![name]);
}

const against = (after: Overrides, before: Overrides = {}): string[] => changed(spec(before), spec(after));
const config = (key: string, value: string | number, version = "v2.3.5"): string[] => {
  const base = { version, ...(version.startsWith("v2.6") ? { queue: undefined } : {}) };
  return against({ ...base, config: { [key]: value } }, base);
};

const MILVUS = ["coord", "proxy", "querynode", "datanode", "indexnode"];
const ALL = ["etcd", "minio", "pulsar", ...MILVUS, "nginx"];

test("a container's label has it, and so the running one tells what it was made for", () => {
  const compiled = spec();
  const labels = Object.entries(services(compiled, "peer-2")).map(([name, { labels: found }]) => [
    name,
    (found as Record<string, string>)[FINGERPRINT_LABEL],
  ]);
  expect(Object.fromEntries(labels)).toEqual(fingerprints(compiled, peerOf(compiled, "peer-2")));
  expect(labels.map(([name]) => name)).toEqual(ALL);
});

test("it is the same for the same spec, of sixteen hexadecimal digits, and never the same for two services", () => {
  const found = Object.values(fingerprints(spec(), peerOf(spec(), "peer-2")));
  expect(Object.values(fingerprints(spec(), peerOf(spec(), "peer-2")))).toEqual(found);
  expect(found.filter((text) => !/^[0-9a-f]{16}$/.test(text))).toEqual([]);
  expect(new Set(found).size).toBe(ALL.length);
});

describe("a setting of Milvus concerns", () => {
  test.each<[string, string, string | number, string[]]>([
    ["query nodes alone", "queryNode.cache.warmup", "sync", ["querynode"]],
    [
      "data nodes, and the coordinator that looks at them",
      "dataNode.segment.insertBufSize",
      1,
      ["coord", "datanode"],
    ],
    ["index nodes alone", "indexNode.scheduler.buildParallel", 2, ["indexnode"]],
    ["proxies, and the coordinators that look at them", "proxy.maxTaskNum", 2048, ["coord", "proxy"]],
    ["every role, where it is a coordinator's", "queryCoord.balanceIntervalSeconds", 5, MILVUS],
    ["every role, where it is nobody's own", "log.level", "warn", MILVUS],
    ["every role, where it is the object store's", "minio.requestTimeoutMs", 5000, MILVUS],
  ])("%s: %s", (_title, key, value, expected) => {
    expect(config(key, value)).toEqual(expected);
  });

  test("streaming nodes, too, where it is of the query node inside of them", () => {
    expect(config("queryNode.ioPoolSize", 4, "v2.6.11")).toEqual(["querynode", "streamingnode"]);
    expect(config("dataNode.segment.insertBufSize", 1, "v2.6.11")).toEqual([
      "coord",
      "datanode",
      "streamingnode",
    ]);
  });

  test("the one process of a standalone cluster, whosever it is", () => {
    const one: Overrides = {
      ...{ mode: "standalone", peers: peers(1), storage: pool(["peer-1"]), queue: undefined },
    };
    const after = spec({ ...one, config: { "queryNode.cache.warmup": "sync" } });
    expect(changed(spec(one), after, "peer-1")).toEqual(["standalone"]);
  });
});

describe("a component's own", () => {
  test.each<[string, Overrides, string[]]>([
    ["image of Milvus", { images: { milvus: "m:2" } }, MILVUS],
    ["image of etcd", { images: { etcd: "e:2" } }, ["etcd"]],
    ["image of MinIO", { images: { minio: "s:2" } }, ["minio"]],
    ["image of Pulsar", { images: { pulsar: "p:2" } }, ["pulsar"]],
    ["image of nginx", { images: { nginx: "n:2" } }, ["nginx"]],
    ["image of the daemon", { images: { daemon: "d:2" } }, []],
    ["memory", { resources: { query: { memoryMb: 4096 } } }, ["querynode"]],
    ["CPUs", { resources: { etcd: { cpus: 2 } } }, ["etcd"]],
    ["heap", { queue: { pulsarSingleton: { host: "peer-2", heapMb: 1024 } } }, ["pulsar"]],
    ["retention", { queue: { pulsarSingleton: { host: "peer-2", retentionMb: 512 } } }, ["pulsar"]],
    ["session time", { sessionTtlSeconds: 20 }, MILVUS],
    ["etcd's quota", { etcdQuotaMb: 8192 }, ["etcd"]],
  ])("%s", (_title, after, expected) => {
    expect(against(after)).toEqual(expected);
  });

  test("Pulsar is started anew where it runs, and the others notice nothing", () => {
    const after = spec({ queue: { pulsarSingleton: { host: "peer-2", heapMb: 1024 } } });
    expect(["peer-1", "peer-3"].flatMap((peer) => changed(spec(), after, peer))).toEqual([]);
  });
});

describe("what a running container does without changes none", () => {
  const grown = spec({
    ...{ peers: peers(4), storage: pool(names(1, 3)), queue: { pulsarSingleton: { host: "peer-2" } } },
  });

  test("a later peer, though every container's hosts and etcd's members have it", () => {
    for (const peer of names(1, 3)) expect([peer, changed(spec(), grown, peer)]).toEqual([peer, []]);
    expect(file(grown, "peer-1", "docker-compose.yml")).not.toBe(
      file(spec(), "peer-1", "docker-compose.yml"),
    );
    expect(service(grown, "peer-1", "querynode").extra_hosts).toContain("peer-4:198.18.0.14");
    expect(file(grown, "peer-1", "milvus.yaml")).toContain("198.18.0.14:2379");
  });

  test("how etcd's data was begun", () => {
    const command = service(grown, "peer-1", "etcd").command!.join(" ");
    expect(command).toContain("peer-4=https://198.18.0.14:2380");
    expect(command).toContain("--initial-cluster-state=new");
    expect(changed(spec(), { ...spec(), name: "renamed" }, "peer-1")).toEqual([]);
  });

  test.each<[string, Overrides]>([
    ["how clients are spread, which nginx reads again", { loadBalancing: "spread" }],
    [
      "a ruleset that nobody here reads",
      { security: { firewall: { clients: ["10.0.0.0/8"], operators: [] } } },
    ],
    ["the daemons' own settings", { control: { leaderTtlSeconds: 20, watchdog: "monitor" } }],
    ["the size of a drive", { storage: { pools: [{ ...pool(names(1, 3)).pools![0]!, driveGib: 100 }] } }],
  ])("%s", (_title, after) => {
    expect(against(after)).toEqual([]);
  });

  test("secrets", () => {
    const masked = renderPeer(spec(), "peer-2", MASKED).find(({ name }) => name === "docker-compose.yml")!;
    expect(file(spec(), "peer-2", "docker-compose.yml")).toBe(masked.content);
  });
});

describe("a peer that goes its own way", () => {
  test("has its own fingerprints where its address is said, and those of the others elsewhere", () => {
    const of = (peer: string): Record<string, string> => fingerprints(spec(), peerOf(spec(), peer));
    const [one, three] = [of("peer-1"), of("peer-3")];
    expect(Object.keys(one).filter((name) => one[name] === three[name])).toEqual(["nginx"]);
  });
});
