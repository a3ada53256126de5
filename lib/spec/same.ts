import { canonicalJson } from "./canonical";
import type { ClusterSpec } from "./spec";

/** The same cluster with the daemon's image of another: that is each peer's own matter, exchanged without the cluster's doing. */
export function withDaemonOf(spec: ClusterSpec, other: ClusterSpec): ClusterSpec {
  return { ...spec, images: { ...spec.images, daemon: other.images.daemon } };
}

/** The cluster as a program asks for it, which cannot say which VMs have had their places before. */
export function withoutInstances(spec: ClusterSpec): ClusterSpec {
  return { ...spec, peers: spec.peers.map((peer) => ({ ...peer, instance: undefined })) };
}

/** Whether two specs ask for the same of the cluster. */
export function sameSpec(a: ClusterSpec, b: ClusterSpec): boolean {
  return canonicalJson(withDaemonOf(a, b)) === canonicalJson(b);
}
