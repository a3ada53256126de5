import { DATA_DIR_NAMES, type ClusterSpec } from "./spec";

/** Mount points that a peer needs: those of every pool that it is in, each once, in the order of the pools. */
export function mountPointsOf(spec: ClusterSpec, peerName: string): string[] {
  if (spec.storage.kind !== "minio") return [];
  const pools = spec.storage.pools.filter((pool) => pool.peers.includes(peerName));
  return [...new Set(pools.flatMap((pool) => pool.mountPoints))];
}

/** Data directories outside of `dataRoot` that a peer needs: Pulsar's only where Pulsar runs. */
export function dataDirsOf(spec: ClusterSpec, peerName: string): string[] {
  const { queue, dataDirs } = spec;
  const runsPulsar = queue.kind === "pulsarSingleton" && queue.host === peerName;
  const names = DATA_DIR_NAMES.filter((name) => name !== "pulsar" || runsPulsar);
  return [...new Set(names.flatMap((name) => dataDirs[name] ?? []))];
}
