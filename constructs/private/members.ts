import type { IConstruct } from "constructs";
import type { MinioWidePool } from "../minio-wide-pool";
import type { Peer } from "../peer";
import type { PulsarSingleton } from "../pulsar-singleton";
import { isTagged, MINIO_WIDE_POOL, PEER, PULSAR_SINGLETON } from "./tag";

/** What a cluster is made of, in the order of construction. */
export interface Members {
  readonly peers: readonly Peer[];
  readonly pools: readonly MinioWidePool[];
  readonly queues: readonly PulsarSingleton[];
}

/** Read from the construct tree, so that it does not matter which part is constructed first. */
export function membersOf(cluster: IConstruct): Members {
  const all = cluster.node.findAll();
  return {
    peers: all.filter((c): c is Peer => isTagged(c, PEER)),
    pools: all.filter((c): c is MinioWidePool => isTagged(c, MINIO_WIDE_POOL)),
    queues: all.filter((c): c is PulsarSingleton => isTagged(c, PULSAR_SINGLETON)),
  };
}

export function sameMembers(a: Members, b: Members): boolean {
  return same(a.peers, b.peers) && same(a.pools, b.pools) && same(a.queues, b.queues);
}

function same(a: readonly IConstruct[], b: readonly IConstruct[]): boolean {
  return a.length === b.length && a.every((construct, i) => construct === b[i]);
}
