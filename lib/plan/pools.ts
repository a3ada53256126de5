import { minioOf, minioPeers, poolsOf } from "../spec/pool";
import type { ClusterSpec, PoolSpec, Problem } from "../spec/spec";
import { parityOf, poolFacts } from "../spec/storage-facts";
import { refusal } from "./refusal";
import { isSamePeer } from "./turnover";

type Stored = Pick<ClusterSpec, "storage">;

/** A pool has the same peers for life: they tell it from others. */
export function isSamePool(a: PoolSpec, b: PoolSpec): boolean {
  return a.peers.join() === b.peers.join();
}

/** Pools of one spec that the other one has not. */
export function poolsGone(from: Stored, to: Stored): PoolSpec[] {
  return poolsOf(from).filter((pool) => !poolsOf(to).some((other) => isSamePool(pool, other)));
}

/** Its place among the pools of a spec, from 1. */
export function poolNumber(spec: Stored, pool: PoolSpec): number {
  return poolsOf(spec).findIndex((other) => isSamePool(pool, other)) + 1;
}

/** A pool as a person tells it from the others: "pool 2 (peer-4, peer-5)". */
export function poolName(spec: Stored, pool: PoolSpec): string {
  return `pool ${poolNumber(spec, pool)} (${pool.peers.join(", ")})`;
}

/** Whether pools go and nothing else of them changes its place: their objects have where to go. */
export function onlyEmpties(from: Stored, to: Stored): boolean {
  return poolsGone(from, to).length > 0 && poolsGone(to, from).length === 0;
}

/** A pool is emptied from all of its drives, into all of the others'. */
export function emptiedRefusals(from: ClusterSpec, to: ClusterSpec): Problem[] {
  const gone = poolsGone(from, to);
  if (gone.length === 0) return [];
  const exchanged = minioPeers(from).filter((peer) =>
    to.peers.some((other) => other.name === peer.name && !isSamePeer(other, peer)),
  );
  if (exchanged.length === 0) return [];
  const what = `cannot remove the pool of ${gone[0]!.peers.join(", ")} and exchange the VM of ${exchanged[0]!.name} in one change`;
  return [
    refusal("storage.pools", what, "a pool is emptied while every drive is there; exchange the VM first"),
  ];
}

/** What MinIO holds is laid out by these, for life. */
export function layoutRefusals(from: ClusterSpec, to: ClusterSpec): Problem[] {
  const [before, after] = [minioOf(from), minioOf(to)];
  if (!before || !after) return [];
  return [...parityRefusal(from, to), ...setSizeRefusals(from, to)];
}

/** Where nobody has set it, it is that of the first pool. */
function parityRefusal(from: ClusterSpec, to: ClusterSpec): Problem[] {
  const [before, after] = [minioOf(from)!, minioOf(to)!];
  const [was, is] = [parityOf(from, before), parityOf(to, after)];
  if (was === is || before.parity !== after.parity || poolsGone(from, to).length === 0) return [];
  const message =
    `without its first pool MinIO's parity would change from ${was} to ${is}, for it is that of the first pool unless it is set: ` +
    `set storage.parity to ${was} along with this change`;
  return [{ severity: "error", path: "storage.parity", message }];
}

/** MinIO divides drives otherwise where host names of some pool do not count up, and it is told of every pool the same way. */
function setSizeRefusals(from: ClusterSpec, to: ClusterSpec): Problem[] {
  const after = poolFacts(to, minioOf(to)!);
  return poolFacts(from, minioOf(from)!).flatMap(({ pool, setSize }) => {
    const now = after.find((facts) => isSamePool(facts.pool, pool));
    if (!now || now.setSize === setSize || now.pool.drivesPerPeer !== pool.drivesPerPeer) return [];
    const what = `cannot change which pools there are this way`;
    const reason =
      `MinIO would take the drives of ${pool.peers.join(", ")} as sets of ${now.setSize} instead of ${setSize}, for host names of all ` +
      "pools count up only before or only after the change";
    return [refusal("storage.pools", what, reason)];
  });
}
