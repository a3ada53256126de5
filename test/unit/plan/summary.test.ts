import { resilience, summary } from "../../../lib/plan/summary";
import type { QueueInput } from "../../../lib/spec/spec";
import { names, peers, pool, spec } from "../spec/fixture";

const ROLES = ["coord", "proxy", "query", "data", "index"];
const everywhere = ROLES.map((role) => `${role} on every peer`).join(", ");

test("three peers with four drives", () => {
  expect(summary(spec())).toEqual([
    "etcd: 3 members, survives the loss of 1",
    "MinIO: 1 erasure set of 12 drives on peer-1, peer-2, peer-3, parity 4, 67% of the raw capacity usable; survives the loss of 1 peer for reads, 1 for writes, and in each set of 4 drives for reads, 4 for writes",
    "Pulsar: one, on peer-2; while that peer is away no write is accepted, and reads are eventually consistent only",
    `Milvus: ${everywhere}; load collections with 2 replicas`,
  ]);
});

test("a layout that survives nothing says so", () => {
  const two = spec({ peers: peers(2), storage: pool(names(1, 2), 2) });
  expect(summary(two).slice(0, 2)).toEqual([
    "etcd: 2 members, survives the loss of 0",
    "MinIO: 1 erasure set of 4 drives on peer-1, peer-2, parity 2, 50% of the raw capacity usable; survives the loss of 1 peer for reads, 0 for writes, and in each set of 2 drives for reads, 1 for writes",
  ]);
});

test("a wide and a later pool, with capacities: the weaker one decides", () => {
  const pools = [
    { peers: names(1, 3), drivesPerPeer: 4, driveGib: 1000 },
    { peers: names(4, 5), drivesPerPeer: 4, driveGib: 500 },
  ];
  expect(summary(spec({ peers: peers(5), storage: { pools } })).slice(1, 4)).toEqual([
    "MinIO pool 1: 1 erasure set of 12 drives on peer-1, peer-2, peer-3, parity 4, 8000 of 12000 GiB usable (67%); survives the loss of 1 peer for reads, 1 for writes, and in each set of 4 drives for reads, 4 for writes",
    "MinIO pool 2: 1 erasure set of 8 drives on peer-4, peer-5, parity 4, 2000 of 4000 GiB usable (50%); survives the loss of 1 peer for reads, 0 for writes, and in each set of 4 drives for reads, 3 for writes",
    "MinIO: a pool without its quorum stops them all; together they survive the loss of 1 peer for reads, 0 for writes",
  ]);
});

test("dedicated query peers, and the replicas that they make room for", () => {
  const members = peers(5).map((p, i) => (i < 3 ? p : { ...p, roles: ["query" as const] }));
  const milvus = summary(spec({ peers: members, storage: pool(names(1, 3)) })).at(-1);
  const rest = ["coord", "proxy", "data", "index"].map((role) => `${role} on 3 of 5 peers`);
  expect(milvus).toBe(
    `Milvus: ${[...rest.slice(0, 2), "query on every peer", ...rest.slice(2)].join(", ")}; load collections with 4 replicas`,
  );
});

test("one peer with everything outside it", () => {
  const lone = spec({
    ...{ mode: "standalone", peers: peers(1) },
    storage: { s3: { endpoint: "https://s3.example" } },
    queue: { externalPulsar: { serviceUrl: "pulsar+ssl://pulsar.example:6651" } },
  });
  expect(summary(lone)).toEqual([
    "etcd: 1 member, survives the loss of 0",
    "objects: bucket milvus-bucket at s3.example, outside the cluster: as available and durable as that is",
    "Pulsar: pulsar+ssl://pulsar.example:6651, outside the cluster; writes are accepted while it answers",
    "Milvus: one process on peer-1; while that peer is away nothing is served",
  ]);
  expect(resilience(lone)).toEqual({ etcdLost: 0 });
});

test.each<[QueueInput, string]>([
  [
    { embedded: "woodpecker" },
    "Woodpecker: Milvus' log is in the object store and its metadata in etcd; it survives what both survive",
  ],
  [
    { externalKafka: { brokers: ["k-1:9092", "k-2:9092"] } },
    "Kafka: k-1:9092, k-2:9092, outside the cluster; writes are accepted while it answers",
  ],
])("queue %j", (queue, line) => {
  expect(summary(spec({ version: "v2.6.22", queue }))[2]).toBe(line);
});

test("rocksmq is as safe as the one disk that it is on", () => {
  expect(summary(spec({ mode: "standalone", peers: peers(1), queue: undefined }))[2]).toBe(
    "rocksmq: Milvus' log is on the one peer's disk; it is lost with that disk",
  );
});

test.each([
  [3, 4, undefined, { etcdLost: 1, storageLostForReads: 1, storageLostForWrites: 1 }],
  [5, 2, undefined, { etcdLost: 2, storageLostForReads: 2, storageLostForWrites: 2 }],
  [5, 3, undefined, { etcdLost: 2, storageLostForReads: 1, storageLostForWrites: 1 }],
  [3, 4, 6, { etcdLost: 1, storageLostForReads: 1, storageLostForWrites: 1 }],
  [7, 1, undefined, { etcdLost: 2, storageLostForReads: 3, storageLostForWrites: 3 }],
])("%i peers x %i drives, parity %p", (count, drivesPerPeer, parity, expected) => {
  const compiled = spec({
    peers: peers(count),
    storage: { ...pool(names(1, count), drivesPerPeer), parity },
  });
  expect(resilience(compiled)).toEqual({ ...expected, writesNeed: "peer-2" });
});

test("host names that count up make other erasure sets than names that do not", () => {
  const sets = (members: string[]): string => {
    const all = members.map((name, i) => ({ name, address: `198.18.0.${11 + i}` }));
    return summary(spec({ peers: all, storage: pool(members, 7) }))[1]!.split(" on ")[0]!;
  };
  expect(sets(["db-1", "db-2", "db-3"])).toBe("MinIO: 7 erasure sets of 3 drives");
  expect(sets(["red", "green", "blue"])).toBe("MinIO: 3 erasure sets of 7 drives");
});
