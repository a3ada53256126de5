import type { ClusterSpec, PeerSpec } from "../spec/spec";

/** Who comes and who goes. A VM at another address that takes a peer's name and place does both. */
export interface Turnover {
  readonly before: number;
  readonly joined: readonly PeerSpec[];
  readonly left: readonly PeerSpec[];
}

/** From one list of peers to another; who was about to join and is not wanted any more leaves, too. */
export function turnover(
  before: readonly PeerSpec[],
  after: readonly PeerSpec[],
  halfway: readonly PeerSpec[],
): Turnover {
  const isIn = (peers: readonly PeerSpec[], peer: PeerSpec): boolean =>
    peers.some((p) => isSamePeer(p, peer));
  const there = [...before, ...halfway.filter((peer) => !isIn(before, peer))];
  return {
    before: before.length,
    joined: after.filter((peer) => !isIn(before, peer)),
    left: there.filter((peer) => !isIn(after, peer)),
  };
}

/** One VM, under one name. */
export function isSamePeer(
  a: Pick<PeerSpec, "name" | "address">,
  b: Pick<PeerSpec, "name" | "address">,
): boolean {
  return a.name === b.name && a.address === b.address;
}

/** Peers that are there before and after. */
export function staying(from: Pick<ClusterSpec, "peers">, to: Pick<ClusterSpec, "peers">): PeerSpec[] {
  return to.peers.filter((peer) => from.peers.some((p) => isSamePeer(p, peer)));
}
