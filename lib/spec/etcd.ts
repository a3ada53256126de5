import type { ClusterSpec, PeerSpec } from "./spec";

/** Most members: more survive the loss of more peers than anybody has planned for, and make every write slower (etcd FAQ, "maximum cluster size"). */
export const MAX_ETCD_MEMBERS = 5;

/** Peers that run a member of etcd: the first ones. The others are its clients. */
export function etcdPeers({ peers }: Pick<ClusterSpec, "peers">): readonly PeerSpec[] {
  return peers.slice(0, MAX_ETCD_MEMBERS);
}

export function hasEtcd(spec: Pick<ClusterSpec, "peers">, peer: Pick<PeerSpec, "name">): boolean {
  return etcdPeers(spec).some(({ name }) => name === peer.name);
}

/** Members that must answer. */
export function etcdQuorum(spec: Pick<ClusterSpec, "peers">): number {
  return quorumOf(etcdPeers(spec).length);
}

export function quorumOf(members: number): number {
  return Math.floor(members / 2) + 1;
}
