import { facts } from "../table";

/** What `init` prints; secrets included, this once. */
export interface InitResult {
  readonly cluster: { id: string; name: string; version: string; size: number };
  readonly peer: { name: string; address: string };
  /** Bearer token of the cluster. */
  readonly token: string;
  /** Command line for the other VMs; absent where there are none. */
  readonly join?: string;
  readonly waitingFor: string;
  /** Password of Milvus' user root, once the cluster is formed. */
  readonly milvusRootPassword: string;
}

/** For people. */
export function initText({ cluster, peer, join, token, waitingFor, milvusRootPassword }: InitResult): string {
  const head = facts([
    [
      "cluster",
      `${cluster.name} (${cluster.id}), Milvus ${cluster.version}, ${cluster.size === 1 ? "one VM" : `${cluster.size} VMs`}`,
    ],
    ["this peer", `${peer.name} at ${peer.address}`],
    ["Milvus", `user root, password ${milvusRootPassword}`],
    ["waits for", waitingFor],
  ]);
  const next = join
    ? `On each of the other VMs, once they have the milvus-onprem command, run:\n\n  ${join}\n`
    : `Token of the cluster, for other machines: ${token}\n`;
  return `${head}\n\n${next}\nToken and password are shown this once. Keep both as you keep passwords.`;
}
