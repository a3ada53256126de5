import type { ClusterSecrets } from "../../spec/secrets";
import type { ClusterSpec } from "../../spec/spec";
import type { MilvusAccess } from "../backups/portable";
import type { BackupTarget } from "../backups/target";

/** Where backups lie, and the Milvus that they are of. */
export interface BackupPorts {
  target(spec: ClusterSpec, secrets: ClusterSecrets): BackupTarget;
  /** Through a load balancer (host:port), as root. */
  milvus(address: string, password: string): MilvusAccess;
}
