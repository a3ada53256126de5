import { etcdClientUrl } from "../render";
import { etcdPeers } from "../spec/etcd";
import { ownFirst } from "../spec/host";
import type { ClusterSpec } from "../spec/spec";
import type { EtcdMember } from "./store/etcd-member";

/** Members of etcd in the order in which a peer asks them. */
export function etcdClients(spec: ClusterSpec, self: string): EtcdMember[] {
  return ownFirst(etcdPeers(spec), self).map((peer) => ({
    name: peer.name,
    url: etcdClientUrl(spec, peer),
  }));
}
