import { compileSpec } from "../../../lib/spec/compile";
import type { ClusterSpecInput } from "../../../lib/spec/spec";
import { input, names, peers, pool, problems, spec } from "./fixture";

const host = (name: string): ClusterSpecInput["queue"] => ({ pulsarSingleton: { host: name } });
const three = pool(names(1, 3)).pools!;
const all = ["coord", "proxy", "query", "data", "index"];

describe("backups", () => {
  const of = (backups: object) => compileSpec(input({ backups: { schedule: "30 2 * * *", ...backups } }));

  test("go by UTC and keep seven unless told otherwise", () => {
    expect(of({}).spec!.backups).toEqual({
      ...{ schedule: "30 2 * * *", timeZone: "UTC" },
      keep: { last: 7, daily: 0, weekly: 0, monthly: 0 },
    });
    expect(spec()).not.toHaveProperty("backups");
  });

  const s3 = (more: object) => ({
    target: { s3: { endpoint: "https://s3.example", bucket: "backups", ...more } },
  });

  test("in a store outside lie in a folder of the cluster's name, with or without a schedule", () => {
    expect(of({ ...s3({}), schedule: undefined }).spec!.backups).toEqual({
      ...{ timeZone: "UTC", keep: { last: 7, daily: 0, weekly: 0, monthly: 0 } },
      target: {
        ...{ kind: "s3", host: "s3.example", port: 443, tls: true },
        ...{ bucket: "backups", prefix: "vectors", pathStyle: true },
      },
    });
    const storage = { s3: { endpoint: "https://s3.example" }, bucket: "backups" };
    expect(problems({ storage, backups: s3({}) })).toEqual([
      expect.stringMatching("^warning backups.target.s3.bucket: Milvus keeps its data in it"),
    ]);
    const keyless = { s3: { endpoint: "https://s3.example", auth: "iam" as const } };
    expect(problems({ storage: keyless, backups: s3({}) })).toEqual([]);
    expect(problems({ storage: keyless, backups: { schedule: "30 2 * * *" } })).toEqual([
      expect.stringMatching("^error backups: .* or give backups a target of their own"),
    ]);
  });

  test.each([
    [
      { schedule: "30 2 * *" },
      /^error backups.schedule: "30 2 \* \*" is no schedule \(.*five fields of cron/,
    ],
    [{ schedule: "0 0 31 2 *" }, /^error backups.schedule: "0 0 31 2 \*" never comes/],
    [{ timeZone: "Mars/Olympus" }, /^error backups.timeZone: "Mars\/Olympus" is no time zone/],
    [{ keep: { last: 0 } }, /^error backups.keep.last: 0 is not a whole number from 1 to 1000/],
    [{ keep: { weekly: -1 } }, /^error backups.keep.weekly: -1 is not/],
    [{ schedule: undefined }, /^error backups: they have neither a schedule nor a target/],
    [{ target: {} }, /^error backups.target: it has neither s3 nor directory/],
    [{ target: { ...s3({}).target, directory: "/mnt/b" } }, /^error backups.target: it has both/],
    [{ target: { ...s3({}).target, prefix: "a" } }, /^error backups.target.prefix: .* use s3.prefix/],
    [{ target: { directory: "/srv/b" } }, /^error backups.target.directory: "\/srv\/b" is not below \/mnt/],
    [{ target: { directory: "/mnt" } }, /^error backups.target.directory: "\/mnt" is not below \/mnt/],
    [{ target: { directory: "/mnt/../etc" } }, /^error backups.target.directory: .*"\.\." parts/],
    [{ target: { directory: "/mnt/b", prefix: "../c" } }, /^error backups.target.prefix: "\.\.\/c" is not/],
    [s3({ endpoint: "s3.example" }), /^error backups.target.s3.endpoint: "s3.example" is not an endpoint/],
    [s3({ endpoint: "https://s3.example:99999" }), /^error backups.target.s3.endpoint: 99999 is not a port/],
    [s3({ bucket: "No" }), /^error backups.target.s3.bucket: "No" is not a bucket name/],
    [s3({ prefix: "../a" }), /^error backups.target.s3.prefix: "..\/a" is not a prefix/],
    [s3({ caPem: "x" }), /^error backups.target.s3.caPem: it is not a certificate/],
    [s3({ endpoint: "http://s3.example" }), /^warning backups.target.s3.endpoint: .* travel readable/],
    [
      s3({ endpoint: "https://198.18.0.11:9000" }),
      /^warning backups.target.s3.endpoint: .* cluster's own MinIO/,
    ],
  ])("%j is refused", (backups, message) => {
    expect(of(backups).problems.map((p) => `${p.severity} ${p.path}: ${p.message}`)).toEqual([
      expect.stringMatching(message),
    ]);
  });

  test.each([
    [{ encryption: "age" }, /^error backups.engine: .*knows no encryption/],
    [{ drillSchedule: "0 5 * * 0" }, /^error backups.drillSchedule: .*only Milvus reads/],
    [s3({ pathStyle: false }), /^error backups.engine: .*finds buckets of s3.example by path/],
    [{ version: "v2.3.5" }, /^warning backups.engine: .*restores them into Milvus 2.4 or newer only/],
  ])("by milvus-backup: %j is told", (more: object, message) => {
    const { version = "v2.4.24", ...rest } = more as { version?: string };
    const backups = { engine: "milvus-backup" as const, ...rest };
    expect(problems({ version, backups })).toEqual([expect.stringMatching(message)]);
    expect(problems({ version: "v2.4.24", backups: { engine: "milvus-backup" } })).toEqual([]);
  });
});

describe("defaults", () => {
  test("a cluster needs only a name, a version, peers, drives and a queue host", () => {
    expect(spec()).toEqual({
      name: "vectors",
      version: "v2.3.5",
      mode: "cluster",
      peers: peers(3).map((peer) => ({ ...peer, roles: all })),
      storage: {
        kind: "minio",
        pools: [{ peers: ["peer-1", "peer-2", "peer-3"], drivesPerPeer: 4, mountPoints: [] }],
        bucket: "milvus-bucket",
      },
      queue: {
        kind: "pulsarSingleton",
        host: "peer-2",
        heapMb: 512,
        directMemoryMb: 512,
        retentionMinutes: 10080,
        retentionMb: -1,
      },
      security: { authentication: true, clientTls: "off", internalTls: false },
      ports: {
        lb: 19537,
        milvus: 19530,
        daemon: 19500,
        etcdClient: 2379,
        etcdPeer: 2380,
        minio: 9000,
        minioConsole: 9001,
        minioLocal: 9002,
        pulsar: 6650,
        pulsarHttp: 8080,
        milvusMetricsBase: 9091,
        milvusRest: 19533,
      },
      images: {
        milvus: "milvusdb/milvus:v2.3.5",
        etcd: "quay.io/coreos/etcd:v3.5.21",
        minio: "minio/minio:RELEASE.2025-09-07T16-13-09Z",
        pulsar: "apachepulsar/pulsar:3.0.7",
        nginx: "nginx:1.28.0",
        daemon: expect.stringMatching(/^milvus-onprem:\d+\.\d+\.\d+$/) as string,
      },
      dataRoot: "/var/lib/milvus-onprem",
      dataDirs: {},
      resources: {},
      config: {},
      sessionTtlSeconds: 5,
      etcdQuotaMb: 4096,
      loadBalancing: "local",
      control: {
        leaderTtlSeconds: 10,
        jobRetentionDays: 30,
        watchdog: "auto",
        alertFormat: "alertmanager",
        backupBeforeUpgrade: false,
      },
    });
  });

  test("three peers with four drives and defaults raise no warning", () => {
    expect(problems({})).toEqual([]);
  });

  test("a given value replaces its default alone, and an explicit undefined leaves it", () => {
    const { ports } = spec({ ports: { lb: 1234, milvus: undefined } });
    expect(ports).toMatchObject({ lb: 1234, milvus: 19530, daemon: 19500 });
  });

  test("a registry takes the place of the registry of every default image, not of a given one", () => {
    const { images } = spec({
      registry: "registry.example:5000",
      images: { nginx: "other.example/nginx:1" },
    });
    expect(images).toMatchObject({
      milvus: "registry.example:5000/milvusdb/milvus:v2.3.5",
      etcd: "registry.example:5000/coreos/etcd:v3.5.21",
      nginx: "other.example/nginx:1",
    });
  });

  test("a compiled spec shares nothing with the input", () => {
    const given = input({ config: { "log.level": "warn" } });
    const compiled = compileSpec(given).spec!;
    given.storage.pools![0]!.peers.push("peer-9");
    given.storage.pools!.push({ peers: ["peer-9"] });
    given.peers[0] = { name: "peer-1", address: "198.18.9.9" };
    given.config!["log.level"] = "error";
    expect(compiled).toEqual(spec({ config: { "log.level": "warn" } }));
  });
});

const cases: [title: string, overrides: Partial<ClusterSpecInput>, expected: string[]][] = [
  [
    "a name that is not a DNS label",
    { name: "My_Cluster" },
    [
      'error name: "My_Cluster" is not a DNS label: use 1 to 63 of a-z, 0-9 and "-", with a letter or digit at both ends',
    ],
  ],
  [
    "an unknown patch",
    { version: "v2.3.99" },
    [
      'error version: unknown Milvus version "v2.3.99"; did you mean "v2.3.22"? (known are v2.3.0 to v2.3.22, v2.4.0 to v2.4.24, v2.5.0 to v2.5.27, v2.6.0 to v2.6.22)',
    ],
  ],
  [
    "no peers",
    { peers: [], storage: pool([]), queue: host("peer-1") },
    [
      "error peers: a cluster needs at least one peer; three survive the loss of one",
      "error storage.pools[0].peers: a pool needs peers; name one or more",
      'error queue.pulsarSingleton.host: "peer-1" is not a peer of this cluster',
    ],
  ],
  [
    "two peers with one name and one address",
    {
      peers: [...peers(2), { name: "peer-1", address: "198.18.0.12" }],
      storage: pool(["peer-1", "peer-2"]),
      queue: host("peer-2"),
    },
    [
      'error peers[2].name: "peer-1" is also the name of peers[0]; each peer needs its own',
      'error peers[2].address: "198.18.0.12" is also the address of peers[1]; each peer needs its own',
      "warning storage.pools[0]: reads go on but writes stop when any one of the pool's 2 peers is lost; use 3 peers or more",
    ],
  ],
  [
    "a network in the place of an address",
    {
      peers: [{ name: "peer-1", address: "198.18.0.0/24" }, ...peers(3).slice(1)],
    },
    ['error peers[0].address: "198.18.0.0/24" is a network, not the address of a host; leave out "/…"'],
  ],
  [
    "a loopback address",
    {
      peers: [{ name: "peer-1", address: "127.0.0.1" }, ...peers(3).slice(1)],
    },
    ['warning peers[0].address: "127.0.0.1" is a loopback address; no other host reaches the peer there'],
  ],
  [
    "an even number of peers",
    { peers: peers(4), storage: pool(names(1, 3)) },
    ["warning peers: 4 peers survive the loss of 1, as 3 would: etcd needs a majority; use 3 or 5"],
  ],
  [
    "a single peer",
    { peers: peers(1), queue: host("peer-1") },
    ["warning peers: a single peer survives no loss; three are the least that survive the loss of one"],
  ],
  [
    "a pool of one of several peers",
    { storage: pool(["peer-1"]) },
    [
      'warning storage.pools[0]: reads and writes of the whole cluster stop when "peer-1" is lost, for it is a pool by itself; a wide pool of 3 peers or more survives that',
    ],
  ],
  ["nothing of nine peers, for etcd has no more than five members", { peers: peers(9) }, []],
  [
    "a pool that names a stranger, and one peer twice",
    { storage: pool(["peer-1", "per-2", "peer-1"]) },
    [
      'error storage.pools[0].peers[1]: "per-2" is not a peer of this cluster; did you mean "peer-2"?',
      'error storage.pools[0].peers[2]: "peer-1" is in this pool already; name each peer once',
    ],
  ],
  [
    "a pool larger than the cluster",
    { storage: pool(["peer-1", "peer-2", "peer-3", "db"]) },
    ['error storage.pools[0].peers[3]: "db" is not a peer of this cluster'],
  ],
  [
    "a fraction of a drive",
    { storage: pool(names(1, 3), 1.5) },
    ["error storage.pools[0].drivesPerPeer: 1.5 is not a whole number from 1 to 64"],
  ],
  [
    "more parity than a set allows",
    { storage: { ...pool(names(1, 3), 1), parity: 2 } },
    ["error storage.parity: parity 2 is more than half of an erasure set of 3 drives; at most 1 fits"],
  ],
  [
    "drives with which MinIO's default parity survives no loss",
    { storage: pool(names(1, 3), 5) },
    [
      "warning storage.pools[0]: reads and writes stop when any one of the pool's 3 peers is lost; set storage.parity to 5",
    ],
  ],
  [
    "a bucket name with capitals",
    { storage: { pools: three, bucket: "Milvus" } },
    [
      'error storage.bucket: "Milvus" is not a bucket name: use 3 to 63 of a-z, 0-9, "." and "-", with a letter or digit at both ends',
    ],
  ],
  [
    "no queue",
    { queue: undefined },
    [
      "error queue: Milvus 2.3 needs a message queue; add one of a Pulsar singleton, an external Pulsar, an external Kafka",
    ],
  ],
  [
    "Pulsar on a stranger with too little memory",
    { queue: { pulsarSingleton: { host: "peer-22", heapMb: 64 } } },
    [
      'error queue.pulsarSingleton.host: "peer-22" is not a peer of this cluster; did you mean "peer-2"?',
      "error queue.pulsarSingleton.heapMb: 64 is not a whole number of at least 256",
    ],
  ],
  [
    "ports that are none",
    { ports: { lb: 0, daemon: 70000, milvus: 443 } },
    [
      "error ports.lb: 0 is not a port: use a whole number from 1 to 65535",
      "error ports.milvus: 443 is below 1024, where our containers may not listen; take a higher one, and redirect to it on the host",
      "error ports.daemon: 70000 is not a port: use a whole number from 1 to 65535",
    ],
  ],
  [
    "two components on one port, told once for all peers",
    { ports: { lb: 19530 } },
    [
      "error ports.milvus: port 19530 is wanted by the load balancer and Milvus proxy (proxy.port); choose another port for Milvus proxy (proxy.port)",
    ],
  ],
  [
    "a port that Milvus uses inside",
    { ports: { daemon: 19529 } },
    [
      "error ports.daemon: port 19529 is wanted by the daemon and Milvus proxy (proxy.internalPort); choose another port for the daemon",
    ],
  ],
  [
    "a metrics port on MinIO's",
    { ports: { milvusMetricsBase: 8996 } },
    [
      "error ports.minio: port 9000 is wanted by Milvus indexnode (metrics) and MinIO; choose another port for MinIO",
    ],
  ],
  [
    "metrics ports beyond the last",
    { ports: { milvusMetricsBase: 65534 } },
    ["error ports.milvusMetricsBase: the last metrics port would be 65538; choose a lower base"],
  ],
  [
    "a relative data root",
    { dataRoot: "data" },
    ['error dataRoot: "data" is not an absolute path; start it with "/"'],
  ],
  [
    "the root as data root",
    { dataRoot: "/" },
    ['error dataRoot: "/" cannot hold the data; name a directory of its own'],
  ],
  [
    "a session that one lost keep-alive ends",
    { sessionTtlSeconds: 1 },
    ["error sessionTtlSeconds: 1 is not a whole number from 3 to 300"],
  ],
  [
    "a quota that etcd warns of",
    { etcdQuotaMb: 16_384 },
    ["error etcdQuotaMb: 16384 is not a whole number from 64 to 8192"],
  ],
  [
    "settings of the daemons out of bounds",
    {
      control: {
        leaderTtlSeconds: 2,
        jobRetentionDays: 0,
        watchdog: "off" as "auto",
        alertFormat: "x" as "slack",
      },
    },
    [
      "error control.leaderTtlSeconds: 2 is not a whole number from 3 to 60",
      "error control.jobRetentionDays: 0 is not a whole number from 1 to 3650",
      'error control.watchdog: "off" is neither "auto" nor "monitor"',
      'error control.alertFormat: "x" is neither "alertmanager" nor "slack"',
    ],
  ],
  [
    "a registry with a scheme",
    { registry: "https://registry.example" },
    [
      'error registry: "https://registry.example" is not a registry: use "host", "host:port" or "host:port/prefix", without "https://"',
    ],
  ],
  [
    "an image without a tag",
    { images: { nginx: "registry.example:5000/nginx" } },
    [
      'error images.nginx: "registry.example:5000/nginx" names neither tag nor digest; add one, such as ":1.2.3"',
    ],
  ],
  [
    "a misspelt config key",
    { config: { "rootCoord.dmlChanelNum": 8 } },
    [
      'error config["rootCoord.dmlChanelNum"]: unknown config key "rootCoord.dmlChanelNum" for Milvus 2.3; did you mean "rootCoord.dmlChannelNum"?',
    ],
  ],
  [
    "a config key that the layout decides",
    { config: { "etcd.endpoints": "198.18.0.9:2379", "proxy.port": 1 } },
    [
      'error config["etcd.endpoints"]: "etcd.endpoints" cannot be set: etcd\'s endpoints and certificates follow from peers, ports.etcdClient and the cluster\'s CA',
      'error config["proxy.port"]: "proxy.port" cannot be set: set ports.milvus',
    ],
  ],
  [
    "a config value that is no number",
    { config: { "proxy.maxTaskNum": NaN } },
    ['error config["proxy.maxTaskNum"]: NaN is not a number that YAML can hold'],
  ],
];

describe("refusals and warnings", () => {
  test.each(cases)("%s", (_title, overrides, expected) => {
    expect(problems(overrides)).toEqual(expected);
  });

  test("everything wrong is told at once, and a known line's keys and ports are checked under an unknown patch", () => {
    const found = problems({
      name: "",
      version: "v2.3.99",
      dataRoot: "x",
      config: { nonsense: 1 },
      ports: { lb: 9091 },
      sessionTtlSeconds: 0,
    }).map((line) => line.split(":")[0]);
    expect(found).toEqual([
      "error name",
      "error version",
      "error ports.milvusMetricsBase",
      "error dataRoot",
      "error sessionTtlSeconds",
      'error config["nonsense"]',
    ]);
  });

  test("a spec comes with warnings and never with errors", () => {
    expect(compileSpec(input({ peers: peers(4) })).spec).toBeDefined();
    expect(compileSpec(input({ dataRoot: "/" })).spec).toBeUndefined();
  });
});
