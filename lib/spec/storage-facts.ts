import { erasureLayout, type ErasureLayout } from "./erasure";
import { poolShape } from "./pool";
import type { ClusterSpec, MinioStorage, PoolSpec } from "./spec";

type Members = Pick<ClusterSpec, "storage" | "peers" | "name">;

/** Parity of the whole deployment: what was set, or what MinIO chooses for the first pool. Throws as poolFacts does. */
export function parityOf(spec: Members, storage: MinioStorage): number {
  return storage.parity ?? layoutOf(spec, storage.pools[0]!, undefined).parity;
}

/** The same before the first pool has been checked: undefined when MinIO refuses it. */
export function firstParity(spec: Members, storage: MinioStorage): number | undefined {
  const layout = erasureLayout(poolShape(spec, storage.pools[0]!));
  return storage.parity ?? (typeof layout === "string" ? undefined : layout.parity);
}

/** What a pool survives and holds. */
export interface PoolFacts extends ErasureLayout {
  readonly pool: PoolSpec;
  /** Drives of a set that may be lost while its objects can be read, and written. */
  readonly drivesLostForReads: number;
  readonly drivesLostForWrites: number;
  /** GiB, where the size of the drives was told. */
  readonly rawGib?: number;
  readonly usableGib?: number;
}

/** Facts of each pool, in order. Throws on a layout that MinIO refuses: the spec was not made by compileSpec. */
export function poolFacts(spec: Members, storage: MinioStorage): PoolFacts[] {
  const parity = parityOf(spec, storage);
  return storage.pools.map((pool) => {
    const layout = layoutOf(spec, pool, parity);
    const rawGib = pool.driveGib && pool.driveGib * pool.drivesPerPeer * pool.peers.length;
    return {
      ...layout,
      pool,
      drivesLostForReads: layout.setSize - layout.readQuorum,
      drivesLostForWrites: layout.setSize - layout.writeQuorum,
      ...(rawGib === undefined ? {} : { rawGib, usableGib: Math.floor(rawGib * layout.usableShare) }),
    };
  });
}

function layoutOf(spec: Members, pool: PoolSpec, parity: number | undefined): ErasureLayout {
  const layout = erasureLayout(poolShape(spec, pool, parity));
  if (typeof layout === "string") throw new Error(layout);
  return layout;
}
