import type { PoolSpec } from "../../spec/spec";
import type { MinioNode } from "./admin";
import type { MinioSpec } from "./pool";

/** Bytes of objects. */
export interface Room {
  /** What is to be moved. */
  readonly held: number;
  /** What can be taken besides what is there. */
  readonly free: number;
}

/** Part of a drive that is left to what is written meanwhile; MinIO itself fills none beyond 99 %. */
const RESERVE = 0.05;

export interface RoomQuestion {
  readonly spec: MinioSpec;
  readonly going: readonly PoolSpec[];
  readonly staying: readonly PoolSpec[];
  readonly nodes: readonly MinioNode[];
  /** Bytes of each pool's objects by MinIO's count: all that is known of drives that share a disk with other things. */
  readonly stored: readonly number[];
}

/** What some pools hold, and what others can take of it. */
export function roomFor({ spec, going, staying, nodes, stored }: RoomQuestion): Room {
  const nodesOf = (pool: PoolSpec): MinioNode[] => nodes.filter(({ peer }) => pool.peers.includes(peer));
  const storedIn = (pool: PoolSpec): number => stored[spec.storage.pools.indexOf(pool)] ?? 0;
  return {
    held: total(going, (pool) => heldBy(pool, nodesOf(pool), storedIn(pool))),
    free: total(staying, (pool) => freeOf(pool, nodesOf(pool))),
  };
}

function heldBy(pool: PoolSpec, nodes: readonly MinioNode[], stored: number): number {
  if (!hasOwnDisks(pool)) return stored;
  return total(nodes, (node) => node.capacity.used * dataShare(node));
}

/** Drives that are directories of one disk have its free space once, and not each. */
function freeOf(pool: PoolSpec, nodes: readonly MinioNode[]): number {
  const drives = hasOwnDisks(pool) ? 1 : pool.drivesPerPeer;
  const raw = ({ capacity: { available, raw } }: MinioNode): number => (available - raw * RESERVE) / drives;
  return Math.max(
    0,
    total(nodes, (node) => raw(node) * dataShare(node)),
  );
}

function hasOwnDisks({ mountPoints }: PoolSpec): boolean {
  return mountPoints.length > 0;
}

function dataShare({ capacity: { usable, raw } }: MinioNode): number {
  return raw === 0 ? 0 : usable / raw;
}

function total<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((sum, one) => sum + of(one), 0);
}
