import { poolPeers } from "../../spec/pool";
import type { ClusterSpec, MinioStorage } from "../../spec/spec";

/** A cluster whose object store is its own MinIO. */
export type MinioSpec = ClusterSpec & { readonly storage: MinioStorage };

export function hasMinio(spec: ClusterSpec): spec is MinioSpec {
  return spec.storage.kind === "minio";
}

/** Peers with a MinIO node in the order in which `self` asks them: its own first, where it has one. */
export function nearestFirst(spec: MinioSpec, self: string): string[] {
  return poolPeers(spec.storage).sort((a, b) => Number(b === self) - Number(a === self));
}
