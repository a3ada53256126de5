import { etcdPeers } from "../spec/etcd";
import type { ClusterSpec, PeerSpec } from "../spec/spec";
import { driftedFiles, touchedByDrift, type Drift } from "./drift";
import { awayPulsarHost } from "./moved";
import { turnover, type Turnover } from "./turnover";
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
  /** Containers of peers that are there and stay which are, or may be, otherwise than wanted. */
  readonly touched: readonly Touched[];
  /** Containers of peers that stay which are no longer wanted. */
  readonly vanished: readonly Touched[];
  /** Names of files that are, or may be, otherwise than wanted, by peer. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  /** What was found to be otherwise than the spec in force has it. */
  readonly drift: readonly Drift[];
  readonly peers: Turnover;
  /** The same of etcd's members. */
  readonly members: Turnover;
}

export function transition(
  from: ClusterSpec,
  to: ClusterSpec,
  unfinished?: ClusterSpec,
  drift: readonly Drift[] = [],
): Transition {
  const starts = unfinished === undefined ? [from] : [from, unfinished];
  const away = awayPulsarHost({ from, to })?.name;
  const isThere = ({ peer }: Touched): boolean => peer !== away;
  const files = new Map<string, string[]>();
  for (const changed of [...starts.map((start) => changedFiles(start, to)), driftedFiles(drift)]) {
    for (const [peer, names] of changed)
      files.set(peer, [...new Set([...(files.get(peer) ?? []), ...names])]);
  }
  if (away !== undefined) files.delete(away);
  const over = (of: (spec: ClusterSpec) => readonly PeerSpec[]): Turnover => turnover(starts.map(of), of(to));
  return {
    ...{ from, to, unfinished, backFrom: newerThan(to, starts), files, drift },
    touched: [...starts.flatMap((start) => touched(start, to)), ...touchedByDrift(to, drift)].filter(isThere),
    vanished: starts.flatMap((start) => vanished(start, to)).filter(isThere),
    peers: over((spec) => spec.peers),
    members: over(etcdPeers),
  };
}
