import { beginChange } from "./claim";
import type { ChangeExecutor } from "./context";
import { PoolInForce } from "./pool-in-force";

/** MinIO takes no cancellation in the 3 min after its nodes have started anew. */
const KEEP_MS = 600_000;

/** MinIO closes a pool to new objects for as long as it knows it: what that means is told. */
export const keepPool: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers }) => {
    await beginChange(ctx);
    const pool = await PoolInForce.of(ctx, peers);
    const state = await pool.stopped({ deadlineMs: KEEP_MS, signal: ctx.signal, onDetail: ctx.detail });
    if (state === "serving") ctx.log(`${pool.name} serves as before: MinIO has not begun to empty it`);
    else ctx.log(keptText(pool.name, state === "emptied"), "warn");
  },
};

/** Of a pool that stays although its emptying has begun. */
export function keptText(name: string, isEmpty: boolean): string {
  const what = isEmpty ? "was empty already" : "is no longer emptied, and what it still holds is served";
  return `${name} ${what}; MinIO stores nothing new in it for as long as it knows it: to use it again, remove it, and add it after that`;
}
