import type { Family, ProcessSpec } from "./families";
import type { ClusterSpec, PeerSpec, RoleName } from "./spec";
import { familyOf } from "./version";

/** Processes of Milvus that a peer runs, each a container of its own. */
export function rolesOf(
  spec: Pick<ClusterSpec, "mode" | "version">,
  peer: Pick<PeerSpec, "roles">,
  family = familyOf(spec.version),
): readonly ProcessSpec[] {
  if (spec.mode === "standalone") return [family.standalone];
  return family.roles.filter(({ role }) => peer.roles.includes(role));
}

/** Every process of Milvus that some peer of the cluster runs. */
export function rolesIn(spec: ClusterSpec): readonly ProcessSpec[] {
  const family = familyOf(spec.version);
  const all = spec.peers.flatMap((peer) => rolesOf(spec, peer, family));
  return [...new Set(all)];
}

/** Peers that have a role; in a standalone cluster its one peer has all. */
export function peersWith(spec: Pick<ClusterSpec, "mode" | "peers">, role: RoleName): readonly PeerSpec[] {
  return spec.mode === "standalone" ? spec.peers : spec.peers.filter((peer) => peer.roles.includes(role));
}

/** Names of the roles that a line has, in its order. */
export function roleNames(family: Family): RoleName[] {
  return family.roles.map(({ role }) => role);
}

/** The process of a service, where the service is one of Milvus. */
export function roleOf(spec: ClusterSpec, service: string): ProcessSpec | undefined {
  return rolesIn(spec).find(({ name }) => name === service);
}

/**
 * Most replicas with which a collection should be loaded: one fewer than there are query nodes. With as many as nodes, a
 * collection stays unreadable when the peer of the active query coordinator dies (measured with Milvus 2.3.5).
 */
export function advisedReplicas(queryNodes: number): number {
  return Math.max(1, queryNodes - 1);
}
