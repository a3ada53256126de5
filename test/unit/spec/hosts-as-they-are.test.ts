import { dataDir, dataDirsOf } from "../../../lib/spec/disks";
import { ETCD_PEER_NAME, MILVUS_USER } from "../../../lib/spec/paths";
import { clientAddress } from "../../../lib/spec/host";
import { checkAddress, checkName, checkNetwork } from "../../../lib/spec/validators";
import type { ClusterSpecInput, SecuritySpec } from "../../../lib/spec/spec";
import { peers, problems, spec } from "./fixture";

const secured = (security: Partial<SecuritySpec>, version = "v2.5.27"): Partial<ClusterSpecInput> => ({
  version,
  security,
});
const firewall = (clients: string[], operators: string[] = []): Partial<ClusterSpecInput> =>
  secured({ firewall: { clients, operators } });
const standalone = { mode: "standalone", peers: peers(1), queue: undefined } as const;

const cases: [title: string, overrides: Partial<ClusterSpecInput>, expected: string[]][] = [
  ["TLS everywhere", secured({ clientTls: "mutual", internalTls: true }), []],
  ["a firewall", firewall(["10.0.0.0/8", "fd00::/16"], ["198.18.0.2/32"]), []],
  [
    "no password",
    secured({ authentication: false }),
    [
      "warning security.authentication: whoever reaches the client port reads and writes everything; leave authentication on",
    ],
  ],
  [
    "a word that is none",
    secured({ clientTls: "on" as "server" }),
    ['error security.clientTls: "on" is neither "off" nor "server" nor "mutual"'],
  ],
  [
    "TLS among roles that have none",
    secured({ internalTls: true }, "v2.4.24"),
    [
      "error security.internalTls: Milvus 2.4 has no TLS among its roles; use 2.5 or later, or a network of their own",
    ],
  ],
  [
    "TLS among the roles of one process",
    { ...standalone, ...secured({ internalTls: true }) },
    [
      "warning peers: a single peer survives no loss; three are the least that survive the loss of one",
      "error security.internalTls: a standalone process talks to nobody of its kind; remove internalTls",
    ],
  ],
  [
    "a firewall that lets no client in",
    firewall([]),
    ["error security.firewall.clients: no network may reach the load balancer; name one, such as 10.0.0.0/8"],
  ],
  [
    "networks that are none",
    firewall(["10.0.0.1", "10.0.0.0/33"], ["all"]),
    [
      'error security.firewall.clients[0]: "10.0.0.1" is not a network; write an address and its prefix length, such as 10.0.0.0/8',
      'error security.firewall.clients[1]: "10.0.0.0/33" is not a network; write an address and its prefix length, such as 10.0.0.0/8',
      'error security.firewall.operators[0]: "all" is not a network; write an address and its prefix length, such as 10.0.0.0/8',
    ],
  ],
  ["limits", { resources: { query: { memoryMb: 8192, cpus: 2.5 }, pulsar: { memoryMb: 1216 } } }, []],
  [
    "limits of a component that is none",
    { resources: { querynode: { cpus: 1 } } as ClusterSpecInput["resources"] },
    ['error resources.querynode: there is no component "querynode"'],
  ],
  [
    "limits of what the cluster does not have",
    { resources: { streaming: { cpus: 1 }, standalone: { cpus: 1 } } },
    ["streaming", "standalone"].map(
      (name) =>
        `error resources.${name}: nothing in this cluster is limited by "${name}"; it has coord, proxy, query, data, index, etcd, minio, pulsar, nginx`,
    ),
  ],
  [
    "limits of MinIO and Pulsar, which are outside",
    {
      ...{ version: "v2.6.22", queue: undefined, storage: { s3: { endpoint: "https://s3.example" } } },
      resources: { minio: { memoryMb: 512 }, pulsar: { memoryMb: 2048 } },
    },
    ["minio", "pulsar"].map(
      (name) =>
        `error resources.${name}: nothing in this cluster is limited by "${name}"; it has coord, proxy, query, data, streaming, etcd, nginx`,
    ),
  ],
  [
    "limits with which nothing starts",
    { resources: { etcd: { memoryMb: 63, cpus: 0.05 }, coord: { memoryMb: 100.5, cpus: NaN } } },
    [
      "error resources.etcd.memoryMb: 63 is not a whole number of at least 64",
      "error resources.etcd.cpus: 0.05 is not a number of CPUs of at least 0.1",
      "error resources.coord.memoryMb: 100.5 is not a whole number of at least 64",
      "error resources.coord.cpus: NaN is not a number of CPUs of at least 0.1",
    ],
  ],
  [
    "less than what Pulsar takes",
    { resources: { pulsar: { memoryMb: 1024 } } },
    [
      "error resources.pulsar.memoryMb: 1024 MiB are less than the 1216 that Pulsar takes with its heap and direct memory; raise it, or lower these",
    ],
  ],
  ["disks of their own", { dataDirs: { etcd: "/mnt/ssd/etcd", pulsar: "/mnt/ssd/pulsar" } }, []],
  [
    "a disk for what keeps no data",
    { dataDirs: { minoi: "/mnt/a", etc: "/mnt/b" } as ClusterSpecInput["dataDirs"] },
    [
      'error dataDirs.minoi: "minoi" keeps no data of its own',
      'error dataDirs.etc: "etc" keeps no data of its own; did you mean "etcd"?',
    ],
  ],
  [
    "a disk for a Pulsar that is not there",
    { version: "v2.6.22", queue: undefined, dataDirs: { pulsar: "/mnt/log" } },
    ["error dataDirs.pulsar: no peer runs Pulsar; remove it"],
  ],
  [
    "a disk that is the root, and two in one",
    { dataDirs: { etcd: "/", milvus: "/mnt/a", pulsar: "/mnt/a/pulsar" } },
    [
      `error dataDirs.etcd: "/" cannot hold the data; name a directory of its own`,
      "error dataDirs.pulsar: /mnt/a/pulsar and /mnt/a (dataDirs.milvus) are one inside the other; keep them apart",
    ],
  ],
];

test.each(cases)("%s", (_title, overrides, expected) => {
  expect(problems(overrides)).toEqual(expected);
});

test("data is below the data root, or on the disk of its component", () => {
  const compiled = spec({ dataDirs: { etcd: "/mnt/ssd", pulsar: "/mnt/log" } });
  expect(dataDir(compiled, "etcd")).toBe("/mnt/ssd");
  expect(dataDir(compiled, "milvus")).toBe("/var/lib/milvus-onprem/milvus");
  expect([dataDirsOf(compiled, "peer-1"), dataDirsOf(compiled, "peer-2")]).toEqual([
    ["/mnt/ssd"],
    ["/mnt/ssd", "/mnt/log"],
  ]);
});

test("clients are told that a port speaks TLS", () => {
  expect(clientAddress(spec(), "198.18.0.11", 1)).toBe("198.18.0.11:1");
  const tls = spec({ security: { clientTls: "server" } });
  expect(clientAddress(tls, "fd00::1", 1)).toBe("https://[fd00::1]:1");
});

test("Milvus' user and the name of etcd's members are names that no peer and no address can have", () => {
  expect([MILVUS_USER, ETCD_PEER_NAME].map(checkName)).not.toContain(undefined);
  expect([MILVUS_USER, ETCD_PEER_NAME].map(checkAddress)).not.toContain(undefined);
});

test.each(["10.0.0.0/8", "0.0.0.0/0", "::/0", "fd00::1/128"])("%s is a network", (network) => {
  expect(checkNetwork(network)).toBeUndefined();
});

test.each(["10.0.0.0", "10.0.0/8", "10.0.0.0/8/8", "10.0.0.0/-1", "::/129", "host/8"])(
  "%s is no network",
  (network) => {
    expect(checkNetwork(network)).toMatch("is not a network");
  },
);
