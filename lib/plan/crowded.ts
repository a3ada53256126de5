import { peersWith } from "../spec/roles";
import type { ClusterSpec, Problem } from "../spec/spec";
import { fewOf } from "./few";

/** A collection that is loaded, told by its database where that is not the default one. */
export interface Loaded {
  readonly collection: string;
  /** Copies of it in memory, each on query nodes of its own. */
  readonly replicas: number;
}

export function losesQueryNodes(from: ClusterSpec, to: ClusterSpec): boolean {
  return peersWith(to, "query").length < peersWith(from, "query").length;
}

/** A collection that is loaded with more replicas than query nodes stay would never be whole again. */
export function crowdedRefusals(from: ClusterSpec, to: ClusterSpec, loaded: readonly Loaded[]): Problem[] {
  if (!losesQueryNodes(from, to)) return [];
  const nodes = peersWith(to, "query").length;
  const crowded = loaded.filter(({ replicas }) => replicas > nodes).map(({ collection }) => collection);
  if (crowded.length === 0) return [];
  const message =
    `${nodes} query node(s) would stay, and more replicas than that are loaded of ${fewOf(crowded)}: ` +
    `release each of them, and load it with ${nodes} at most, before query nodes go`;
  return [{ severity: "error", path: "peers", message }];
}
