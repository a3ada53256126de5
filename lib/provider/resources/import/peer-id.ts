import type { PeerSpec } from "../../../spec/spec";

/**
 * Id of the milvus_peer of a member that is there already. It follows from what is in force, so that a milvus_peer and the milvus_cluster
 * that are imported by themselves agree on it; see cluster/instances.ts for its third part.
 */
export function idOfMember(
  clusterId: string,
  { name, instance }: Pick<PeerSpec, "name" | "instance">,
): string {
  return [clusterId, name, ...(instance === undefined ? [] : [instance])].join("/");
}
