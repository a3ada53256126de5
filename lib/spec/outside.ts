import { hostPort } from "./host";
import type { ClusterSpec, QueueSpec } from "./spec";

/** A service outside the cluster that Milvus works with, or its backups. */
export interface OutsideEndpoint {
  /** For a person: "S3 at s3.example:443". */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Every service outside the cluster that each peer must reach. */
export function outsideEndpoints({
  storage,
  queue,
  backups,
}: Pick<ClusterSpec, "storage" | "queue" | "backups">): OutsideEndpoint[] {
  const store = storage.kind === "s3" ? [{ what: "S3", at: hostPort(storage.host, storage.port) }] : [];
  const { target } = backups ?? {};
  const backedUp =
    target?.kind === "s3" ? [{ what: "the backups' S3", at: hostPort(target.host, target.port) }] : [];
  return [...store, ...brokers(queue), ...backedUp].map(({ what, at }) => ({
    name: `${what} at ${at}`,
    ...split(at),
  }));
}

function brokers(queue: QueueSpec): { what: string; at: string }[] {
  if (queue.kind === "externalKafka") return queue.brokers.map((at) => ({ what: "Kafka", at }));
  if (queue.kind !== "externalPulsar") return [];
  return [{ what: "Pulsar", at: queue.serviceUrl.replace(/^.*\/\//, "") }];
}

function split(at: string): Pick<OutsideEndpoint, "host" | "port"> {
  const colon = at.lastIndexOf(":");
  return { host: at.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(at.slice(colon + 1)) };
}
