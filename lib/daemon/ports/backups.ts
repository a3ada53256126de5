import type { ClusterSecrets } from "../../spec/secrets";
import type { ClusterSpec } from "../../spec/spec";
import type { ImportPlace, MilvusAccess } from "../backups/portable";
import type { BackupTarget } from "../backups/target";

export interface TargetOptions {
  /** How long a store is asked again that does not answer, or is busy. @default 180000 */
  readonly patienceMs?: number;
}

/** Where backups lie, and the Milvus that they are of. */
export interface BackupPorts {
  /** Where those of a spec lie; throws where it has no key for that. */
  target(spec: ClusterSpec, secrets: ClusterSecrets, o?: TargetOptions): BackupTarget;
  /** Where Milvus itself reads files to import; undefined where there is no such place. */
  imports(spec: ClusterSpec, secrets: ClusterSecrets): ImportPlace | undefined;
  /** Through a load balancer (host:port), as root. */
  milvus(address: string, password: string): MilvusAccess;
  /** What a program beside the daemon trusts, and what it shows to Milvus: PEM. */
  tls(): { readonly ca: string; readonly cert: string; readonly key: string };
}
