import { etcdPeers, etcdQuorum } from "../spec/etcd";
import { poolFacts, type PoolFacts } from "../spec/storage-facts";
import { advisedReplicas, peersWith, roleNames } from "../spec/roles";
import type { ClusterSpec, MinioStorage, QueueSpec, RoleName } from "../spec/spec";
import { familyOf } from "../spec/version";

/** What a layout survives, in numbers. Counts are of peers, whichever they are. */
export interface Resilience {
  /** etcd members that may be lost; the fewest of all limits decides for the cluster. */
  readonly etcdLost: number;
  /** Peers that may be lost while every object can be read; undefined where objects are stored outside. */
  readonly storageLostForReads: number | undefined;
  readonly storageLostForWrites: number | undefined;
  /** Peer without which no write is accepted; undefined when there is no such peer. */
  readonly writesNeed: string | undefined;
}

export function resilience(spec: ClusterSpec): Resilience {
  const pools = spec.storage.kind === "minio" ? poolFacts(spec, spec.storage) : undefined;
  // All pools must have their quorum, so the weakest decides.
  const least = (of: (pool: PoolFacts) => number): number | undefined => pools && Math.min(...pools.map(of));
  return {
    etcdLost: etcdPeers(spec).length - etcdQuorum(spec),
    storageLostForReads: least((p) => p.hostsLostForReads),
    storageLostForWrites: least((p) => p.hostsLostForWrites),
    writesNeed: spec.queue.kind === "pulsarSingleton" ? spec.queue.host : undefined,
  };
}

/** What the layout survives, one line a layer, for a plan and for `status`. */
export function summary(spec: ClusterSpec): string[] {
  const { etcdLost } = resilience(spec);
  return [
    `etcd: ${count(etcdPeers(spec).length, "member")}, survives the loss of ${etcdLost}`,
    ...storageLines(spec),
    queueLine(spec.queue),
    milvusLine(spec),
  ];
}

/** The pools in a few words, for the title of a step. */
export function poolText(spec: ClusterSpec, storage: MinioStorage): string {
  const pools = poolFacts(spec, storage).map(
    ({ pool, parity }) =>
      `${count(pool.peers.length, "peer")} x ${count(pool.drivesPerPeer, "drive")}, parity ${parity}`,
  );
  const { storageLostForReads, storageLostForWrites } = resilience(spec);
  return (
    `${count(pools.length, "pool")} of ${pools.join(" and of ")}; ` +
    `reads survive the loss of ${count(storageLostForReads!, "peer")}, writes of ${storageLostForWrites!}`
  );
}

function storageLines(spec: ClusterSpec): string[] {
  const { storage } = spec;
  if (storage.kind === "s3") {
    return [
      `objects: bucket ${storage.bucket} at ${storage.host}, outside the cluster: as available and durable as that is`,
    ];
  }
  const pools = poolFacts(spec, storage);
  const lines = pools.map(
    (facts, i) => `MinIO${pools.length > 1 ? ` pool ${i + 1}` : ""}: ${poolLine(facts)}`,
  );
  if (pools.length === 1) return lines;
  const { storageLostForReads: reads, storageLostForWrites: writes } = resilience(spec);
  return [
    ...lines,
    `MinIO: a pool without its quorum stops them all; together they survive the loss of ${count(reads!, "peer")} for reads, ${writes} for writes`,
  ];
}

function poolLine(f: PoolFacts): string {
  const percent = Math.round(f.usableShare * 100);
  const capacity =
    f.rawGib === undefined
      ? `${percent}% of the raw capacity usable`
      : `${f.usableGib} of ${f.rawGib} GiB usable (${percent}%)`;
  return (
    `${count(f.sets, "erasure set")} of ${count(f.setSize, "drive")} on ${f.pool.peers.join(", ")}, parity ${f.parity}, ${capacity}; ` +
    `survives the loss of ${count(f.hostsLostForReads, "peer")} for reads, ${f.hostsLostForWrites} for writes, ` +
    `and in each set of ${count(f.drivesLostForReads, "drive")} for reads, ${f.drivesLostForWrites} for writes`
  );
}

function queueLine(queue: QueueSpec): string {
  switch (queue.kind) {
    case "pulsarSingleton":
      return `Pulsar: one, on ${queue.host}; while that peer is away no write is accepted, and reads are eventually consistent only`;
    case "externalPulsar":
      return `Pulsar: ${queue.serviceUrl}, outside the cluster; writes are accepted while it answers`;
    case "externalKafka":
      return `Kafka: ${queue.brokers.join(", ")}, outside the cluster; writes are accepted while it answers`;
    case "woodpecker":
      return "Woodpecker: Milvus' log is in the object store and its metadata in etcd; it survives what both survive";
    case "rocksmq":
      return "rocksmq: Milvus' log is on the one peer's disk; it is lost with that disk";
  }
}

/** Where each role runs; as many of a role may be lost as leave one. */
function milvusLine(spec: ClusterSpec): string {
  if (spec.mode === "standalone")
    return `Milvus: one process on ${spec.peers[0]!.name}; while that peer is away nothing is served`;
  const roles = roleNames(familyOf(spec.version)).map((role) => roleText(spec, role));
  const replicas = advisedReplicas(peersWith(spec, "query").length);
  return `Milvus: ${roles.join(", ")}; load collections with ${count(replicas, "replica")}`;
}

function roleText(spec: ClusterSpec, role: RoleName): string {
  const peers = peersWith(spec, role);
  if (peers.length === spec.peers.length) return `${role} on every peer`;
  return `${role} on ${peers.length} of ${spec.peers.length} peers`;
}

/** "1 peer", "2 peers". */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
