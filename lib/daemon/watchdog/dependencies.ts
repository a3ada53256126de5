import type { ClusterSpec } from "../../spec/spec";
import { rolesIn } from "../../spec/roles";

/** Which component needs which, on one peer. */
export interface Dependencies {
  /** Every component that a peer may have, in the order in which they start; those of one stage start together. */
  readonly stages: readonly (readonly string[])[];
  /** Components that one cannot be healthy without; of those, a peer may lack some. */
  readonly needs: (service: string) => readonly string[];
  /** Members of a quorum: one that runs, however sick, may be half of somebody's vote and is never stopped. */
  readonly voters: readonly string[];
}

/**
 * etcd, MinIO, Pulsar, nginx, then the roles of Milvus. nginx comes before the roles, for they reach MinIO through it; it needs
 * nothing itself: a load balancer without a proxy of its own takes those of the other peers.
 */
export function dependencies(spec: ClusterSpec): Dependencies {
  const below = ["etcd", "minio", "pulsar", "nginx"];
  const roles = rolesIn(spec).map((role) => role.name);
  return {
    stages: [...below.map((service) => [service]), roles],
    needs: (service) => (roles.includes(service) ? below : []),
    voters: ["etcd", "minio"],
  };
}
