import type { PoolShape } from "./erasure";
import { hostOf, peerOf } from "./host";
import { MOUNT_FOLDER } from "./paths";
import type { ClusterSpec, MinioStorage, PeerSpec, PoolSpec } from "./spec";

/** Host names of a pool as one numbered range, e.g. {prefix: "peer-", first: 1, last: 3, suffix: ""}. */
export interface HostRange {
  readonly prefix: string;
  readonly first: number;
  readonly last: number;
  readonly suffix: string;
}

/** The cluster's own MinIO, where it has one. */
export function minioOf({ storage }: Pick<ClusterSpec, "storage">): MinioStorage | undefined {
  return storage.kind === "minio" ? storage : undefined;
}

/** Pools of the cluster's own MinIO; none where its objects are stored elsewhere. */
export function poolsOf(spec: Pick<ClusterSpec, "storage">): readonly PoolSpec[] {
  return minioOf(spec)?.pools ?? [];
}

/** The pool that a peer belongs to. */
export function poolWith(spec: Pick<ClusterSpec, "storage">, peer: string): PoolSpec | undefined {
  return poolsOf(spec).find(({ peers }) => peers.includes(peer));
}

/** Names of the peers of all pools, in order. */
export function poolPeers({ pools }: MinioStorage): string[] {
  return pools.flatMap(({ peers }) => peers);
}

/** Peers that run MinIO, in the order of the pools. */
export function minioPeers(spec: ClusterSpec): PeerSpec[] {
  const storage = minioOf(spec);
  return storage ? poolPeers(storage).map((name) => peerOf(spec, name)) : [];
}

/** Directories of a host that hold a pool's drives, in order. */
export function driveDirs({ dataRoot }: Pick<ClusterSpec, "dataRoot">, pool: PoolSpec): string[] {
  if (pool.mountPoints.length > 0) return pool.mountPoints.map((mount) => `${mount}/${MOUNT_FOLDER}`);
  return Array.from({ length: pool.drivesPerPeer }, (_, i) => `${dataRoot}/minio/drive${i + 1}`);
}

/** URL host names of a pool, in its order. */
export function poolHosts(spec: Pick<ClusterSpec, "peers" | "name">, pool: PoolSpec): string[] {
  return pool.peers.map((name) => hostOf(peerOf(spec, name)));
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

/** Whether MinIO can be told of every pool by its arguments; else by a file (a pool of one host there: since 2025-09-07, tried). */
export function poolsAreRanges(spec: Pick<ClusterSpec, "storage" | "peers" | "name">): boolean {
  return poolsOf(spec).every(
    (pool) => pool.peers.length === 1 || hostRange(poolHosts(spec, pool)) !== undefined,
  );
}

/** Shape of a pool for the erasure maths. */
export function poolShape(
  spec: Pick<ClusterSpec, "storage" | "peers" | "name">,
  pool: PoolSpec,
  parity = minioOf(spec)?.parity,
): PoolShape {
  return {
    hosts: pool.peers.length,
    drivesPerHost: pool.drivesPerPeer,
    parity,
    symmetric: poolsAreRanges(spec) && pool.peers.length > 1,
  };
}
