import type { SshProps } from "../ssh";
import type { Attributes } from "./attributes";
import { sshAttributes } from "./ssh-attributes";

/** A prepared peer, as milvus_cluster and milvus_status refer to it. */
export interface PeerReference {
  readonly name: string;
  readonly address: string;
  readonly ssh: SshProps;
  readonly roles?: readonly string[];
  /** Id of the milvus_peer. */
  readonly peerId: string;
  /** Host key that the milvus_peer recorded. */
  readonly hostKey: string;
}

export function peerAttributes(peer: PeerReference): Attributes {
  return {
    name: peer.name,
    address: peer.address,
    ssh: sshAttributes(peer.ssh),
    roles: peer.roles,
    peer_id: peer.peerId,
    host_key: peer.hostKey,
  };
}
