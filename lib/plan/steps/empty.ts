import { poolsOf } from "../../spec/pool";
import type { PoolSpec } from "../../spec/spec";
import { isSamePool, poolName, poolNumber, poolsGone } from "../pools";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";

/** Before anything else: it takes hours, may have no room, and a cluster that is as it was can wait. */
export function emptySteps({ from, to }: Transition): ChangeStep[] {
  return poolsGone(from, to).map((pool) => ({
    ...of(from, pool, "empty"),
    kind: "emptyPool",
    title: `empty MinIO ${poolName(from, pool)}: its objects move to the other pools`,
    impact: { ...UNNOTICED, detail: "reads and writes go on; disks and network have more to do" },
    irreversible:
      "MinIO stores nothing new in a pool whose emptying has begun, and takes an empty one in only as a new pool",
  }));
}

/** On the way back from a change that was to remove them: once MinIO runs with all of its pools again. */
export function keepSteps({ from, to, unfinished }: Transition): ChangeStep[] {
  if (!unfinished) return [];
  const kept = poolsGone(from, unfinished).filter((pool) => poolsOf(to).some((p) => isSamePool(p, pool)));
  return kept.map((pool) => ({
    ...of(from, pool, "keep"),
    kind: "keepPool",
    title: `keep MinIO ${poolName(from, pool)}: its emptying is cancelled, if it has begun`,
    impact: UNNOTICED,
  }));
}

function of(
  spec: Transition["from"],
  pool: PoolSpec,
  verb: string,
): Pick<ChangeStep, "name" | "why" | "peers"> {
  return { name: `${verb} pool ${poolNumber(spec, pool)}`, why: [], peers: pool.peers };
}
