import { count } from "../../plan/summary";
import { poolFacts } from "../../spec/storage-facts";
import type { ClusterSpec } from "../../spec/spec";
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

type Told = Pick<Part, "text" | "on">;

function partsOf(
  { before, after }: Sides,
  rows: readonly StepRow[],
  service: string,
  tell: (spec: ClusterSpec) => Told[],
): Part[] {
  const [old, wanted] = [before ? tell(before) : [], after ? tell(after) : []];
  const restarts = rows.some((row) => row.service === service);
  const is = (among: readonly Told[], one: Told): boolean => among.some(({ text }) => text === one.text);
  return [
    ...wanted.map((one) => ({ ...one, mark: markOf(is(old, one), true, restarts) })),
    ...old.filter((one) => !is(wanted, one)).map((one) => ({ ...one, mark: "removed" as const })),
  ];
}

function etcd({ peers }: ClusterSpec): Told[] {
  const quorum = Math.floor(peers.length / 2) + 1;
  return [{ text: `etcd: ${count(peers.length, "member")}, quorum of ${quorum}`, on: [] }];
}

function stores(spec: ClusterSpec): Told[] {
  const { storage } = spec;
  if (storage.kind === "s3")
    return [{ text: `bucket ${storage.bucket} at ${storage.host}, outside the cluster`, on: [] }];
  return poolFacts(spec, storage).map(({ pool, parity }, i, all) => ({
    text:
      `MinIO pool${all.length > 1 ? ` ${i + 1}` : ""}: ${count(pool.peers.length, "peer")} x ` +
      `${count(pool.drivesPerPeer, "drive")}, parity ${parity}`,
    on: pool.peers.length === spec.peers.length ? [] : pool.peers,
  }));
}

function queue({ queue: q }: ClusterSpec): Told[] {
  switch (q.kind) {
    case "pulsarSingleton":
      return [{ text: `Pulsar on ${q.host}`, on: [] }];
    case "externalPulsar":
      return [{ text: `Pulsar at ${q.serviceUrl}, outside the cluster`, on: [] }];
    case "externalKafka":
      return [{ text: `Kafka at ${q.brokers.join(", ")}, outside the cluster`, on: [] }];
    case "woodpecker":
      return [{ text: "Woodpecker: the log is in the object store", on: [] }];
    case "rocksmq":
      return [{ text: "rocksmq: the log is on the peer's disk", on: [] }];
  }
}
