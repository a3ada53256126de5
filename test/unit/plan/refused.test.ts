import { planChange } from "../../../lib/plan/change";
import type { ClusterSpecInput } from "../../../lib/spec/spec";
import { names, peers, pool as poolOf, spec } from "../spec/fixture";

/** Refusals of a change from `before` to `after`, each as "path: message". */
function refusals(after: Partial<ClusterSpecInput>, before: Partial<ClusterSpecInput> = {}): string[] {
  const { steps, refusals: found } = planChange(spec(before), spec(after));
  expect(steps).toEqual([]);
  expect(found.filter((p) => p.severity !== "error")).toEqual([]);
  return found.map((p) => `${p.path}: ${p.message}`);
}

const pool = poolOf(names(1, 3));
const host = (name: string, more: object = {}): ClusterSpecInput["queue"] => ({
  pulsarSingleton: { host: name, ...more },
});
const back = "put the old value back";
const poolForLife = "a MinIO pool keeps its hosts, drives and parity for life";
const otherQueue = "what is in the old queue alone would be lost; moving it comes with a later release";
const letIn = "changes of how clients and peers are let in come with a later release";
const reached = "changes of how Milvus reaches its queue come with a later release";
const byBackup =
  "and bring the collections there by a backup of data (milvus-onprem export-backup, then import-backup and restore-backup; docs/backup-data.md)";
const otherLine = `only patches of one line are exchanged in place; form a cluster of the other line beside this one, ${byBackup}`;
const toStreaming = `Milvus 2.6 has other coordinators and another log, and there is no way back to an earlier line; form a cluster of the other line beside this one, ${byBackup}`;
const of = "of a formed cluster";
const drives = [1, 2, 3, 4].map((n) => `/mnt/disk${n}`);

const cases: [title: string, after: Partial<ClusterSpecInput>, expected: string[]][] = [
  [
    "the name",
    { name: "other" },
    [
      `name: cannot change name ${of} from "vectors" to "other": the name is part of etcd's bootstrap; ${back}`,
    ],
  ],
  [
    "the next line of Milvus is one refusal, whatever images and keys follow from it",
    { version: "v2.4.24" },
    [`version: cannot change version ${of} from "v2.3.5" to "v2.4.24": ${otherLine}; ${back}`],
  ],
  [
    "a peer that goes with its drives",
    {
      peers: peers(3).slice(1),
      storage: poolOf(["peer-2", "peer-3"]),
      queue: host("peer-2"),
    },
    [
      `storage.pools[0].peers: cannot change storage.pools[0].peers ${of} from ["peer-1","peer-2","peer-3"] to ["peer-2","peer-3"]: ${poolForLife}; ${back}`,
    ],
  ],
  [
    "the order of peers",
    { peers: [...peers(3)].reverse(), storage: pool },
    [
      `peers: cannot reorder the peers of a formed cluster: MinIO knows its drives by their order, and etcd's members are the first ones; ${back}`,
    ],
  ],
  [
    "drives and parity",
    { storage: { ...poolOf(names(1, 3), 3), parity: 3 } },
    [
      `storage.parity: cannot change storage.parity ${of} from its default to 3: ${poolForLife}; ${back}`,
      `storage.pools[0].drivesPerPeer: cannot change storage.pools[0].drivesPerPeer ${of} from 4 to 3: ${poolForLife}; ${back}`,
    ],
  ],
  [
    "mount points, but not what their drives hold",
    {
      storage: {
        pools: [{ peers: names(1, 3), drivesPerPeer: 4, mountPoints: drives, driveGib: 100 }],
      },
    },
    [
      `storage.pools[0].mountPoints: cannot change storage.pools[0].mountPoints ${of} from [] to ${JSON.stringify(drives)}: ${poolForLife}; ${back}`,
    ],
  ],
  [
    "one more pool that a single peer can take down",
    { peers: peers(4), storage: { pools: [...pool.pools!, ...poolOf(["peer-4"], 8).pools!] } },
    [
      `storage.pools[1]: cannot add a pool of peer-4 alone: the loss of that one peer would stop all reads and writes; acceptSingleHost of the pool says that this is meant; ${back}`,
    ],
  ],
  [
    "an S3 in the place of pools",
    { storage: { s3: { endpoint: "https://s3.example" } } },
    [
      `storage: cannot change where objects are stored ${of} from "pools" to "s3": moving what is stored comes with a later release; ${back}`,
    ],
  ],
  [
    "who is let in, and how, but not the firewall",
    {
      security: {
        authentication: false,
        clientTls: "server",
        firewall: { clients: ["10.0.0.0/8"], operators: [] },
      },
    },
    [
      `security.authentication: cannot change security.authentication ${of} from true to false: ${letIn}; ${back}`,
      `security.clientTls: cannot change security.clientTls ${of} from "off" to "server": ${letIn}; ${back}`,
    ],
  ],
  [
    "a disk of its own, but not a limit",
    { dataDirs: { etcd: "/fast/etcd" }, resources: { query: { memoryMb: 4096 } } },
    [
      `dataDirs.etcd: cannot change dataDirs.etcd ${of} from its default to "/fast/etcd": moving the data comes with a later release; ${back}`,
    ],
  ],
  [
    "another queue",
    { queue: { externalKafka: { brokers: ["kafka:9092"] } } },
    [
      `queue.externalKafka: cannot change the message queue ${of} from "pulsarSingleton" to "externalKafka": ${otherQueue}; ${back}`,
    ],
  ],
  [
    "a port",
    { ports: { etcdClient: 22379 } },
    [
      `ports.etcdClient: cannot change ports.etcdClient ${of} from 2379 to 22379: etcd's members and the daemons know each other by it; form the cluster with the port that you want; ${back}`,
    ],
  ],
  [
    "the data root",
    { dataRoot: "/srv/milvus" },
    [
      `dataRoot: cannot change dataRoot ${of} from "/var/lib/milvus-onprem" to "/srv/milvus": moving the data comes with a later release; ${back}`,
    ],
  ],
];

test.each(cases)("refused: %s", (_title, after, expected) => {
  expect(refusals(after).sort()).toEqual([...expected].sort());
});

test("S3: the path is that of the attribute that was given", () => {
  const s3 = (endpoint: string): Partial<ClusterSpecInput> => ({ storage: { s3: { endpoint } } });
  expect(refusals(s3("http://s3.example"), s3("https://s3.example"))).toEqual([
    `storage.s3.endpoint: cannot change storage.s3.endpoint ${of} from "https://s3.example:443" to "http://s3.example:80": moving what is stored comes with a later release; ${back}`,
  ]);
});

test("brokers outside stay those that hold what Milvus has not stored", () => {
  const kafka = (broker: string): Partial<ClusterSpecInput> => ({
    queue: { externalKafka: { brokers: [broker] } },
  });
  expect(refusals(kafka("b:9092"), kafka("a:9092"))).toEqual([
    `queue.externalKafka.brokers: cannot change queue.externalKafka.brokers ${of} from ["a:9092"] to ["b:9092"]: ${otherQueue}; ${back}`,
  ]);
});

test("one process instead of many, and back, is another cluster", () => {
  const one = (mode: ClusterSpecInput["mode"]): Partial<ClusterSpecInput> => ({
    ...{ mode, peers: peers(1), storage: poolOf(["peer-1"]), queue: host("peer-1") },
  });
  expect(refusals(one("standalone"), one("cluster"))).toEqual([
    `mode: cannot change mode ${of} from "cluster" to "standalone": standalone and cluster keep their log apart; form another cluster, and move the collections; ${back}`,
  ]);
});

test("how a queue outside is reached stays, too, and it says so", () => {
  const pulsar = (token: boolean): Partial<ClusterSpecInput> => ({
    queue: { externalPulsar: { serviceUrl: "pulsar://pulsar.example:6650", token } },
  });
  expect(refusals(pulsar(true), pulsar(false))).toEqual([
    `queue.externalPulsar.token: cannot change queue.externalPulsar.token ${of} from false to true: ${reached}; ${back}`,
  ]);
  const kafka = (protocol: "PLAINTEXT" | "SSL"): Partial<ClusterSpecInput> => ({
    queue: { externalKafka: { brokers: ["kafka:9092"], protocol } },
  });
  expect(refusals(kafka("SSL"), kafka("PLAINTEXT"))).toEqual([
    `queue.externalKafka.protocol: cannot change queue.externalKafka.protocol ${of} from "PLAINTEXT" to "SSL": ${reached}; ${back}`,
  ]);
});

test("Milvus 2.6 is refused for its own reasons: its version, and its log", () => {
  expect(refusals({ version: "v2.6.11", queue: undefined }, { version: "v2.5.27" })).toEqual([
    `version: cannot change version ${of} from "v2.5.27" to "v2.6.11": ${toStreaming}; ${back}`,
    `queue: cannot change the message queue ${of} from "pulsarSingleton" to "woodpecker": ${otherQueue}; ${back}`,
  ]);
});

test("there is no way back to an earlier line", () => {
  expect(refusals({ version: "v2.3.5" }, { version: "v2.4.24" })).toEqual([
    `version: cannot change version ${of} from "v2.4.24" to "v2.3.5": ${otherLine}; ${back}`,
  ]);
});

test("all differences come at once", () => {
  const found = refusals({ name: "other", dataRoot: "/srv/milvus", ports: { daemon: 6651 } });
  expect(found.map((line) => line.split(":")[0]).sort()).toEqual(["dataRoot", "name", "ports.daemon"]);
});

test("with one refusal nothing is applied, whatever else is legal", () => {
  expect(refusals({ name: "other", config: { "log.level": "warn" } })).toEqual([
    `name: cannot change name ${of} from "vectors" to "other": the name is part of etcd's bootstrap; ${back}`,
  ]);
});
