import type { ClusterSpec } from "../spec/spec";
import { changedFiles, touched, type Touched } from "./touched";
import { newerThan } from "./version";

/** From where to where a cluster goes, and what that touches. */
export interface Transition {
  readonly from: ClusterSpec;
  readonly to: ClusterSpec;
  /** What an earlier change that has not ended was to lead to. */
  readonly unfinished?: ClusterSpec;
  /** What Milvus goes back from, where it goes back: also when an upgrade that has not ended does. */
  readonly backFrom?: string;
  /** Containers that are, or may be, otherwise than wanted. */
  readonly touched: readonly Touched[];
  /** Names of files that are, or may be, otherwise than wanted, by peer. */
  readonly files: ReadonlyMap<string, readonly string[]>;
}

export function transition(from: ClusterSpec, to: ClusterSpec, unfinished?: ClusterSpec): Transition {
  const starts = unfinished === undefined ? [from] : [from, unfinished];
  const files = new Map<string, string[]>();
  for (const start of starts) {
    for (const [peer, names] of changedFiles(start, to))
      files.set(peer, [...new Set([...(files.get(peer) ?? []), ...names])]);
  }
  const all = starts.flatMap((start) => touched(start, to));
  return { from, to, unfinished, backFrom: newerThan(to, starts), files, touched: all };
}
