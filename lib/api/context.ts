/** How to reach a cluster's daemons and be believed: the value of a MilvusCluster's `context`. */
export interface ContextExport {
  /** Name of the cluster. */
  readonly name: string;
  /** host:port of the daemon on every peer. */
  readonly endpoints: readonly string[];
  readonly caCertPem: string;
  readonly token: string;
}
