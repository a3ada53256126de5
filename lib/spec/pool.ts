import type { PoolShape } from "./erasure";
import { hostOf, peerOf } from "./host";
import type { ClusterSpec, MinioStorage } from "./spec";

/** Host names of the wide pool as one numbered range, e.g. {prefix: "peer-", first: 1, last: 3, suffix: ""}. */
export interface HostRange {
  readonly prefix: string;
  readonly first: number;
  readonly last: number;
  readonly suffix: string;
}

/** URL host names of the pool, in pool order. */
export function poolHosts(spec: ClusterSpec): string[] {
  return spec.storage.peers.map((name) => hostOf(peerOf(spec, name)));
}

/** The hosts as a range, when they count up by one in order and without leading zeros; MinIO's `{1...3}` means that. */
export function hostRange(hosts: readonly string[]): HostRange | undefined {
  const parts = hosts.map((host) => /^(.*?)(0|[1-9]\d*)(\D*)$/.exec(host));
  const head = parts[0];
  if (!head || hosts.length < 2) return undefined;
  const [prefix, first, suffix] = [head[1]!, Number(head[2]), head[3]!];
  const consecutive = hosts.every((host, i) => host === `${prefix}${first + i}${suffix}`);
  return consecutive ? { prefix, first, last: first + hosts.length - 1, suffix } : undefined;
}

/** Shape of the wide pool for the erasure maths. */
export function poolShape(spec: ClusterSpec): PoolShape {
  return {
    hosts: spec.storage.peers.length,
    drivesPerHost: spec.storage.drivesPerPeer,
    parity: spec.storage.parity,
    symmetric: hostRange(poolHosts(spec)) !== undefined,
  };
}

/** Names of the peers of all pools, in order. */
export function poolPeers(storage: MinioStorage): string[] {
  return storage.pools.flatMap((pool) => pool.peers);
}
