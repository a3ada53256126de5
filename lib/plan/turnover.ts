import type { ClusterSpec, PeerSpec } from "../spec/spec";

/** Who comes and who goes. Another VM that takes a peer's name and place does both. */
export interface Turnover {
  readonly joined: readonly PeerSpec[];
  readonly left: readonly PeerSpec[];
}

/**
 * From where a cluster is, or may be half-way, to other peers. Who was about to join and is not wanted any more leaves, too; who was
 * about to leave, and stays, joins again.
 */
export function turnover(starts: readonly (readonly PeerSpec[])[], after: readonly PeerSpec[]): Turnover {
  const isIn = (peers: readonly PeerSpec[], peer: PeerSpec): boolean =>
    peers.some((p) => isSamePeer(p, peer));
  const there = starts.reduce((all, peers) => [...all, ...peers.filter((peer) => !isIn(all, peer))]);
  return {
    joined: after.filter((peer) => !starts.every((peers) => isIn(peers, peer))),
    left: there.filter((peer) => !isIn(after, peer)),
  };
}

type Place = Pick<PeerSpec, "name" | "address" | "instance">;

/** One VM, under one name. */
export function isSamePeer(a: Place, b: Place): boolean {
  return a.name === b.name && a.address === b.address && a.instance === b.instance;
}

/** Whether a peer is another VM under the name of one of those that go. */
export function takesPlace(peer: PeerSpec, left: readonly PeerSpec[]): boolean {
  return left.some((gone) => gone.name === peer.name && !isSamePeer(gone, peer));
}

/** Peers that are there before and after. */
export function staying(from: Pick<ClusterSpec, "peers">, to: Pick<ClusterSpec, "peers">): PeerSpec[] {
  return to.peers.filter((peer) => from.peers.some((p) => isSamePeer(p, peer)));
}
