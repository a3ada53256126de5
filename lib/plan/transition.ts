import { etcdPeers } from "../spec/etcd";
import type { ClusterSpec, PeerSpec } from "../spec/spec";
import { changedFiles, touched, vanished, type Touched } from "./touched";
import { newerThan } from "./version";

/** From where to where a cluster goes, and what that touches. */
export interface Transition {
  readonly from: ClusterSpec;
  readonly to: ClusterSpec;
  /** What an earlier change that has not ended was to lead to. */
  readonly unfinished?: ClusterSpec;
  /** What Milvus goes back from, where it goes back: also when an upgrade that has not ended does. */
  readonly backFrom?: string;
  /** Containers of peers that stay which are, or may be, otherwise than wanted. */
  readonly touched: readonly Touched[];
  /** Containers of peers that stay which are no longer wanted. */
  readonly vanished: readonly Touched[];
  /** Names of files that are, or may be, otherwise than wanted, by peer. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  readonly peers: Turnover;
  /** The same of etcd's members. */
  readonly members: Turnover;
}

/** Who comes and who goes. */
export interface Turnover {
  readonly joined: readonly PeerSpec[];
  readonly left: readonly PeerSpec[];
}

export function transition(from: ClusterSpec, to: ClusterSpec, unfinished?: ClusterSpec): Transition {
  const starts = unfinished === undefined ? [from] : [from, unfinished];
  const files = new Map<string, string[]>();
  for (const start of starts) {
    for (const [peer, names] of changedFiles(start, to))
      files.set(peer, [...new Set([...(files.get(peer) ?? []), ...names])]);
  }
  const turnover = (of: (spec: ClusterSpec) => readonly PeerSpec[]): Turnover =>
    compared(starts.map(of), of(to));
  return {
    ...{ from, to, unfinished, backFrom: newerThan(to, starts), files },
    touched: starts.flatMap((start) => touched(start, to)),
    vanished: starts.flatMap((start) => vanished(start, to)),
    peers: turnover((spec) => spec.peers),
    members: turnover(etcdPeers),
  };
}

/** Who was about to join and is not wanted any more leaves, too; who was about to leave, and stays, joins again. */
function compared(starts: readonly (readonly PeerSpec[])[], after: readonly PeerSpec[]): Turnover {
  const isIn = (peers: readonly PeerSpec[], { name }: PeerSpec): boolean =>
    peers.some((p) => p.name === name);
  const there = starts.reduce((all, peers) => [...all, ...peers.filter((peer) => !isIn(all, peer))]);
  return {
    joined: after.filter((peer) => !starts.every((peers) => isIn(peers, peer))),
    left: there.filter((peer) => !isIn(after, peer)),
  };
}
