import { membersText } from "../../plan/members-text";
import { count } from "../../plan/summary";
import { etcdPeers } from "../../spec/etcd";
import type { ClusterSpec } from "../../spec/spec";
import { poolFacts } from "../../spec/storage-facts";
import { markOf, type Mark, type Sides } from "./picture-peers";
import type { StepRow } from "./steps";

/** Something that the peers share. */
export interface Part {
  readonly text: string;
  readonly mark: Mark;
  /** Peers that it is on; none: all of them, or none of ours. */
  readonly on: readonly string[];
}

/** etcd, the pools or the outside store, and the queue. */
export function parts(sides: Sides, rows: readonly StepRow[]): Part[] {
  return [
    ...partsOf(sides, rows, "etcd", etcd),
    ...partsOf(sides, rows, "minio", stores),
    ...partsOf(sides, rows, "pulsar", queue),
  ];
}

/** A part on one side. */
interface Told {
  /** The same on both sides for what stays the same part. */
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly on: readonly string[];
}

function partsOf(
  { before, after }: Sides,
  rows: readonly StepRow[],
  service: string,
  tell: (spec: ClusterSpec) => Told[],
): Part[] {
  const [old, wanted] = [before ? tell(before) : [], after ? tell(after) : []];
  const restarts = rows.some((row) => row.service === service);
  const going = old.filter(({ id }) => !wanted.some((one) => one.id === id));
  return [
    ...wanted.map((one) =>
      joined(
        old.find(({ id }) => id === one.id),
        one,
        restarts,
      ),
    ),
    ...going.map(({ name, text, on }) => ({ text: `${name}: ${text}`, mark: "removed" as const, on })),
  ];
}

function joined(old: Told | undefined, { name, text, on }: Told, restarts: boolean): Part {
  const moves = old !== undefined && old.text !== text;
  return {
    text: `${name}: ${moves ? `${old.text} → ` : ""}${text}`,
    mark: markOf(old !== undefined, true, moves || restarts),
    on,
  };
}

function etcd(spec: ClusterSpec): Told[] {
  return [{ id: "etcd", name: "etcd", text: membersText(etcdPeers(spec).length), on: [] }];
}

function stores(spec: ClusterSpec): Told[] {
  const { storage } = spec;
  if (storage.kind === "s3")
    return [
      { id: "s3", name: "objects, outside", text: `bucket ${storage.bucket} at ${storage.host}`, on: [] },
    ];
  return poolFacts(spec, storage).map(({ pool, parity }, i, all) => ({
    id: `pool of ${pool.peers.join()}`,
    name: `MinIO pool${all.length > 1 ? ` ${i + 1}` : ""}`,
    text: `${count(pool.peers.length, "peer")} x ${count(pool.drivesPerPeer, "drive")}, parity ${parity}`,
    on: pool.peers.length === spec.peers.length ? [] : pool.peers,
  }));
}

function queue({ queue: q }: ClusterSpec): Told[] {
  const told = (name: string, text: string): Told[] => [{ id: q.kind, name, text, on: [] }];
  switch (q.kind) {
    case "pulsarSingleton":
      return told("Pulsar", `on ${q.host}`);
    case "externalPulsar":
      return told("Pulsar, outside", q.serviceUrl);
    case "externalKafka":
      return told("Kafka, outside", q.brokers.join(", "));
    case "woodpecker":
      return told("Woodpecker", "the log is in the object store");
    case "rocksmq":
      return told("rocksmq", "the log is on the peer's disk");
  }
}
