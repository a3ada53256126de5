import { bytesText } from "../../../plan/bytes-text";
import { isSamePool, poolName, poolsGone } from "../../../plan/pools";
import { minioPeers, poolsOf } from "../../../spec/pool";
import type { PoolSpec } from "../../../spec/spec";
import { reportMade } from "../../tasks/converge";
import { messageOf, until } from "../../wait";
import { Cancelled } from "../errors";
import { problemOf } from "../types/attempt";
import { beginChange } from "./claim";
import type { ChangeContext, ChangeExecutor } from "./context";
import { follow } from "./emptying";
import { keptText } from "./keep";
import { PoolInForce } from "./pool-in-force";

/** For every node to hear of it; one that is away hears of it as it starts. */
const CLOSED_MS = 600_000;
/** What was being written into the pool when MinIO closed it has ended by then. */
const SETTLED_MS = 30_000;
const LOOK_MS = 1_000;
/** A job that is cancelled ends soon. */
const CANCEL_MS = 15_000;

/**
 * Has MinIO move all objects of a pool into the others, and look a second time after every node knows that the pool takes nothing new,
 * and what was under way has ended: only then may MinIO be started without it.
 */
export const emptyPoolAfter = (settledMs: number, everyMs: number): ChangeExecutor => ({
  isDone: runsWithout,
  run: async (ctx, { peers }) => {
    const pool = await PoolInForce.of(ctx, peers);
    const total = await refuseUnready(ctx, pool);
    await beginChange(ctx);
    try {
      await follow(ctx, pool, { total, everyMs });
      await closed(ctx, pool, everyMs);
      await settled(ctx, pool, settledMs);
      await follow(ctx, pool, { total, everyMs, anew: true });
    } catch (error) {
      if (ctx.signal.reason instanceof Cancelled) await giveUp(ctx, pool);
      throw error;
    }
    ctx.log(`${pool.name} is empty: the other pools have all of its objects`);
  },
});

export const emptyPool = emptyPoolAfter(SETTLED_MS, LOOK_MS);

/** Nobody starts MinIO without a pool that is not empty: where one node has begun so it was, and maybe none answers right now. */
async function runsWithout(ctx: ChangeContext): Promise<boolean> {
  const { to: spec } = ctx.params;
  const o = { spec, signal: ctx.signal };
  const found = minioPeers(spec).map(async ({ name }) => {
    let made: string[] = [];
    await problemOf(ctx, async () => {
      ({ made } = await ctx.tasks.run(name, reportMade, { spec, services: ["minio"] }, o));
    });
    return made.length > 0;
  });
  return (await Promise.all(found)).includes(true);
}

/** Throws before anything is moved; returns the bytes that are to be moved in all, 0 where that is not known. */
async function refuseUnready(ctx: ChangeContext, pool: PoolInForce): Promise<number> {
  const { from, to } = ctx.params;
  const all = await pool.all();
  const { state, bytes } = all[pool.index]!;
  const staying = poolsOf(from).filter((p) => poolsOf(to).some((other) => isSamePool(other, p)));
  if (state !== "emptying" && state !== "emptied") {
    await refuseOffline(pool);
    const isFull = (p: PoolSpec): boolean => all[poolsOf(from).indexOf(p)]!.state !== "emptied";
    const going = poolsGone(from, to).filter(isFull);
    const { held, free } = await pool.room(going, staying);
    if (held > free) throw new Error(noRoom(going.map((p) => poolName(from, p)).join(" and "), held, free));
  }
  const moved = state === "emptying" ? bytes : 0;
  return moved + (await pool.room([pool.pool], staying)).held;
}

async function refuseOffline(pool: PoolInForce): Promise<void> {
  const offline = await pool.offline();
  if (offline.length === 0) return;
  throw new Error(
    `drives of ${offline.join(", ")} are offline, and a pool is emptied while every drive is there: bring them back first ` +
      "(a VM that is gone for good is exchanged first); nothing was moved",
  );
}

function noRoom(pools: string, held: number, free: number): string {
  return (
    `${pools} of MinIO hold some ${bytesText(held)}, and the pools that stay have room for ${bytesText(free)}: ` +
    "add a pool, or drop collections and wait until Milvus has collected their files; nothing was moved"
  );
}

/** A node that did not know would go on storing in the pool. */
async function closed(ctx: ChangeContext, pool: PoolInForce, everyMs: number): Promise<void> {
  const missing = async (): Promise<string | undefined> => {
    ctx.safePoint();
    for (const { name } of minioPeers(ctx.params.from)) {
      const { state } = await pool.status(name);
      if (state === "serving") return `MinIO on ${name} does not know that it takes nothing new`;
    }
    return undefined;
  };
  const what = `${pool.name}, closed to new objects`;
  await until(missing, {
    what,
    deadlineMs: CLOSED_MS,
    everyMs,
    signal: ctx.signal,
    onDetail: ctx.detail,
  });
}

async function settled(ctx: ChangeContext, { name }: PoolInForce, ms: number): Promise<void> {
  const end = performance.now() + ms;
  const missing = async (): Promise<string | undefined> => {
    ctx.safePoint();
    return performance.now() < end ? "what was being written when it was closed is waited for" : undefined;
  };
  await until(missing, {
    what: name,
    deadlineMs: 2 * ms,
    everyMs: 250,
    signal: ctx.signal,
    onDetail: ctx.detail,
  });
}

/** The signal has fired, so it is not heard here. */
async function giveUp(ctx: ChangeContext, pool: PoolInForce): Promise<void> {
  try {
    const state = await pool.stopped({ deadlineMs: CANCEL_MS });
    ctx.log(keptText(pool.name, state === "emptied"), "warn");
  } catch (error) {
    ctx.log(`MinIO goes on emptying ${pool.name} until milvus-onprem rollback: ${messageOf(error)}`, "warn");
  }
}
