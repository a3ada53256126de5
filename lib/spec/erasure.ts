/**
 * MinIO's erasure maths for one pool. Source of every rule: minio/minio RELEASE.2024-12-18T13-15-44Z,
 * cmd/endpoint-ellipses.go (set size), internal/config/storageclass/storage-class.go (parity),
 * cmd/erasure-metadata.go (quorum).
 */

/** How a pool behaves. Counts are drives unless the name says otherwise. */
export interface ErasureLayout {
  readonly sets: number;
  readonly setSize: number;
  readonly parity: number;
  readonly readQuorum: number;
  readonly writeQuorum: number;
  /** Share of the raw capacity that holds data, 0 to 1. */
  readonly usableShare: number;
  /** Hosts that may be lost, whichever they are, while every object can still be read. */
  readonly hostsLostForReads: number;
  /**
   * Hosts that may be lost while new objects are taken, with the parity of all others. MinIO gives what it writes one drive of
   * parity more for each drive that it knows to be offline: while more than half of a set is there, it may take new objects
   * beyond this number, and calls itself unhealthy for writes. test/lab/erasure.test.ts shows when it does.
   */
  readonly hostsLostForWrites: number;
}

export interface PoolShape {
  readonly hosts: number;
  readonly drivesPerHost: number;
  /** Undefined: MinIO's default for the set size. */
  readonly parity?: number;
  /** MinIO insists on even spread when host names are given as a range; see `hostRange` in lib/spec/pool.ts. */
  readonly symmetric: boolean;
}

/** Largest set that MinIO makes. */
const MAX_SET_SIZE = 16;

/** Layout of a pool, or why MinIO refuses it. */
export function erasureLayout(pool: PoolShape): ErasureLayout | string {
  const setSize = erasureSetSize(pool);
  if (setSize === undefined) {
    return (
      `MinIO cannot divide ${pool.hosts} hosts x ${pool.drivesPerHost} drives evenly into sets of 2 to ${MAX_SET_SIZE} drives; ` +
      suggestShape(pool)
    );
  }
  const maxParity = Math.floor(setSize / 2);
  const parity = pool.parity ?? defaultParity(setSize);
  if (parity > maxParity) {
    return `parity ${parity} is more than half of an erasure set of ${setSize} drives; at most ${maxParity} fits`;
  }
  return layout(pool, setSize, parity);
}

/** MinIO's default parity for a set of that size. */
export function defaultParity(setSize: number): number {
  if (setSize === 1) return 0;
  if (setSize <= 3) return 1;
  if (setSize <= 5) return 2;
  if (setSize <= 7) return 3;
  return 4;
}

/** Drives in each erasure set, undefined when MinIO refuses the shape. */
export function erasureSetSize({ hosts, drivesPerHost, symmetric }: PoolShape): number | undefined {
  const total = hosts * drivesPerHost;
  if (total === 1) return 1;
  const divisors = range(2, MAX_SET_SIZE).filter((size) => total % size === 0);
  const even = (size: number): boolean => (hosts > size ? hosts % size === 0 : size % hosts === 0);
  return divisors.filter((size) => !symmetric || even(size)).at(-1);
}

function layout(pool: PoolShape, setSize: number, parity: number): ErasureLayout {
  const data = setSize - parity;
  const writeQuorum = data === parity ? data + 1 : data;
  // Locks need a majority of a set's hosts, which is never more than what the quorum of drives needs.
  const perHost = Math.ceil(setSize / pool.hosts);
  const lost = (drives: number): number => Math.floor(drives / perHost);
  return {
    sets: (pool.hosts * pool.drivesPerHost) / setSize,
    setSize,
    parity,
    readQuorum: data,
    writeQuorum,
    usableShare: data / setSize,
    hostsLostForReads: lost(parity),
    hostsLostForWrites: lost(setSize - writeQuorum),
  };
}

function suggestShape({ hosts, drivesPerHost, symmetric }: PoolShape): string {
  const fits = (h: number, d: number): boolean =>
    erasureSetSize({ hosts: h, drivesPerHost: d, symmetric }) !== undefined;
  const drives = range(1, MAX_SET_SIZE).filter((d) => fits(hosts, d));
  if (drives.length > 0) {
    const near = drives.sort((a, b) => Math.abs(a - drivesPerHost) - Math.abs(b - drivesPerHost))[0]!;
    return `give each host ${near} drive${near === 1 ? "" : "s"}`;
  }
  const fewer = range(2, hosts).filter((h) => fits(h, drivesPerHost));
  return `use ${fewer.at(-1) ?? 2} hosts`;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}
