import type { IConstruct } from "constructs";
import type { ExternalKafka } from "../external-kafka";
import type { ExternalPulsar } from "../external-pulsar";
import type { ExternalS3 } from "../external-s3";
import type { MinioHostPools } from "../minio-host-pools";
import type { MinioWidePool } from "../minio-wide-pool";
import type { Peer } from "../peer";
import type { PulsarSingleton } from "../pulsar-singleton";
import type { Woodpecker } from "../woodpecker";
import * as is from "./tag";

export type PoolConstruct = MinioWidePool | MinioHostPools;
export type QueueConstruct = PulsarSingleton | ExternalPulsar | ExternalKafka | Woodpecker;

/** What a cluster is made of, in the order of construction. */
export interface Members {
  readonly peers: readonly Peer[];
  readonly pools: readonly PoolConstruct[];
  readonly stores: readonly ExternalS3[];
  readonly queues: readonly QueueConstruct[];
}

const QUEUES = [is.PULSAR_SINGLETON, is.EXTERNAL_PULSAR, is.EXTERNAL_KAFKA, is.WOODPECKER];

/** Read from the construct tree, so that it does not matter which part is constructed first. */
export function membersOf(cluster: IConstruct): Members {
  const all = cluster.node.findAll();
  const tagged = <T extends IConstruct>(...kinds: symbol[]): T[] =>
    all.filter((c): c is T & IConstruct => kinds.some((kind) => is.isTagged(c, kind)));
  return {
    peers: tagged<Peer>(is.PEER),
    pools: tagged<PoolConstruct>(is.MINIO_WIDE_POOL, is.MINIO_HOST_POOLS),
    stores: tagged<ExternalS3>(is.EXTERNAL_S3),
    queues: tagged<QueueConstruct>(...QUEUES),
  };
}

export function sameMembers(a: Members, b: Members): boolean {
  const lists = Object.keys(a) as (keyof Members)[];
  return lists.every((name) => same(a[name], b[name]));
}

function same(a: readonly IConstruct[], b: readonly IConstruct[]): boolean {
  return a.length === b.length && a.every((construct, i) => construct === b[i]);
}
