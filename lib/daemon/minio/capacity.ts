import type { StorageCapacity } from "../../api/wire";

export type Capacity = Readonly<StorageCapacity>;

/** Part of madmin's Disk (minio/madmin-go v3.0.109 info-commands.go). */
export interface DriveInfo {
  readonly state: string;
  readonly totalspace?: number;
  readonly usedspace?: number;
  readonly availspace?: number;
  readonly pool_index?: number;
}

/** As MinIO runs it, which is what counts: a drive's share for data is that of its pool's sets. */
export interface DataLayout {
  readonly parity: number;
  /** Drives of an erasure set, for each pool. */
  readonly setSizes: readonly number[];
}

/** What some drives hold together. */
export function capacityOf(drives: readonly DriveInfo[], layout: DataLayout): Capacity {
  const sum = (of: (drive: DriveInfo) => number | undefined): number =>
    drives.reduce((total, drive) => total + (of(drive) ?? 0), 0);
  return {
    raw: sum((d) => d.totalspace),
    usable: Math.floor(sum((d) => (d.totalspace ?? 0) * dataShare(layout, d.pool_index ?? 0))),
    used: sum((d) => d.usedspace),
    available: sum((d) => d.availspace),
  };
}

/** Of all nodes together. */
export function totalCapacity(nodes: readonly { readonly capacity: Capacity }[]): Capacity {
  const sum = (key: keyof Capacity): number => nodes.reduce((total, n) => total + n.capacity[key], 0);
  return { raw: sum("raw"), usable: sum("usable"), used: sum("used"), available: sum("available") };
}

function dataShare({ parity, setSizes }: DataLayout, pool: number): number {
  const setSize = setSizes[pool];
  return setSize === undefined ? 1 : (setSize - parity) / setSize;
}
