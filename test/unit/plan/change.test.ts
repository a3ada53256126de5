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

test("equal specs need nothing, whatever the order of their keys", () => {
  const { name, ...rest } = spec();
  expect(planChange(spec(), { ...rest, name })).toEqual({ steps: [], refusals: [] });
  expect(planChange(spec(), JSON.parse(JSON.stringify(spec())) as typeof rest & { name: string })).toEqual({
    steps: [],
    refusals: [],
  });
});

const pool = poolOf(names(1, 3));
const host = (name: string, more: object = {}): ClusterSpecInput["queue"] => ({
  pulsarSingleton: { host: name, ...more },
});
const back = "put the old value back";
const later = "adding, removing and moving peers comes with a later release";
const poolForLife =
  "a MinIO pool keeps its hosts, drives and parity for life; further pools come with a later release";
const settings = "rolling changes of settings come with a later release";
const of = "of a formed cluster";

const shown = (members: string[], drivesPerPeer = 4): string =>
  JSON.stringify([{ peers: members, drivesPerPeer, mountPoints: [] }]);

const cases: [title: string, after: Partial<ClusterSpecInput>, expected: string[]][] = [
  [
    "the name",
    { name: "other" },
    [
      `name: cannot change name ${of} from "vectors" to "other": the name is part of etcd's bootstrap; ${back}`,
    ],
  ],
  [
    "the version, and the image that follows from it",
    { version: "v2.3.4" },
    [
      `images.milvus: cannot change images.milvus ${of} from "milvusdb/milvus:v2.3.5" to "milvusdb/milvus:v2.3.4": ${settings}; ${back}`,
      `version: cannot change version ${of} from "v2.3.5" to "v2.3.4": rolling upgrades come with a later release; ${back}`,
    ],
  ],
  [
    "one more peer",
    { peers: peers(4), storage: pool },
    [`peers[3]: cannot add peer "peer-4" to a formed cluster: ${later}; ${back}`],
  ],
  [
    "the first peer gone is one removal",
    {
      peers: peers(3).slice(1),
      storage: poolOf(["peer-2", "peer-3"]),
      queue: host("peer-2"),
    },
    [
      `peers: cannot remove peer "peer-1" from a formed cluster: ${later}; ${back}`,
      `storage.pools: cannot change storage.pools ${of} from ${shown(names(1, 3))} to ${shown(["peer-2", "peer-3"])}: ${poolForLife}; ${back}`,
    ],
  ],
  [
    "a peer's address",
    { peers: peers(3).map((p) => (p.name === "peer-2" ? { ...p, address: "198.18.0.99" } : p)) },
    [
      `peers[1].address: cannot change address of "peer-2" ${of} from "198.18.0.12" to "198.18.0.99": ${later}; ${back}`,
    ],
  ],
  [
    "the order of peers",
    { peers: [...peers(3)].reverse(), storage: pool },
    [
      `peers: cannot reorder the peers of a formed cluster: MinIO knows its drives by order: ${later}; ${back}`,
    ],
  ],
  [
    "drives and parity",
    { storage: { ...poolOf(names(1, 3), 3), parity: 3 } },
    [
      `storage.parity: cannot change storage.parity ${of} from its default to 3: ${poolForLife}; ${back}`,
      `storage.pools: cannot change storage.pools ${of} from ${shown(names(1, 3))} to ${shown(names(1, 3), 3)}: ${poolForLife}; ${back}`,
    ],
  ],
  [
    "Pulsar's host and memory",
    { queue: host("peer-1", { heapMb: 1024 }) },
    [
      `queue.pulsarSingleton.heapMb: cannot change queue.pulsarSingleton.heapMb ${of} from 512 to 1024: ${settings}; ${back}`,
      `queue.pulsarSingleton.host: cannot change queue.pulsarSingleton.host ${of} from "peer-2" to "peer-1": moving Pulsar would lose what it holds; ${back}`,
    ],
  ],
  [
    "the roles of a peer",
    { peers: peers(3).map((p) => (p.name === "peer-3" ? { ...p, roles: ["query" as const] } : p)) },
    [
      `peers[2].roles: cannot change roles of "peer-3" ${of} from ["coord","proxy","query","data","index"] to ["query"]: ${later}; ${back}`,
    ],
  ],
  [
    "another queue",
    { queue: { externalKafka: { brokers: ["kafka:9092"] } } },
    [
      `queue.externalKafka: cannot change queue.externalKafka ${of} from its default to {"protocol":"PLAINTEXT","brokers":["kafka:9092"]}: ${settings}; ${back}`,
      `queue.pulsarSingleton: cannot change queue.pulsarSingleton ${of} from {"host":"peer-2","heapMb":512,"directMemoryMb":512,"retentionMinutes":10080,"retentionMb":-1} to its default: ${settings}; ${back}`,
    ],
  ],
  [
    "a port",
    { ports: { lb: 29537 } },
    [`ports.lb: cannot change ports.lb ${of} from 19537 to 29537: ${settings}; ${back}`],
  ],
  [
    "the data root",
    { dataRoot: "/srv/milvus" },
    [
      `dataRoot: cannot change dataRoot ${of} from "/var/lib/milvus-onprem" to "/srv/milvus": moving the data comes with a later release; ${back}`,
    ],
  ],
  [
    "a setting of Milvus",
    { config: { "log.level": "warn" } },
    [
      `config["log.level"]: cannot change config["log.level"] ${of} from its default to "warn": ${settings}; ${back}`,
    ],
  ],
];

test.each(cases)("refused: %s", (_title, after, expected) => {
  expect(refusals(after)).toEqual(expected);
});

test("a setting that is taken away is refused as well", () => {
  expect(refusals({}, { config: { "log.level": "warn" } })).toEqual([
    `config["log.level"]: cannot change config["log.level"] ${of} from "warn" to its default: ${settings}; ${back}`,
  ]);
});

test("S3: the path is that of the attribute that was given", () => {
  const s3 = (endpoint: string): Partial<ClusterSpecInput> => ({ storage: { s3: { endpoint } } });
  expect(refusals(s3("http://s3.example"), s3("https://s3.example"))).toEqual([
    `storage.s3.endpoint: cannot change storage.s3.endpoint ${of} from "https://s3.example:443" to "http://s3.example:80": moving what is stored comes with a later release; ${back}`,
  ]);
});

test("all differences come at once", () => {
  const found = refusals({ name: "other", sessionTtlSeconds: 9, queue: host("peer-3") });
  expect(found.map((line) => line.split(":")[0])).toEqual([
    "name",
    "queue.pulsarSingleton.host",
    "sessionTtlSeconds",
  ]);
});
