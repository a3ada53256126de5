import { pullImages } from "../../tasks/converge";
import type { ChangeExecutor } from "./context";

/** Some GB over a slow line; the task itself gives up when nothing moves. */
const PULL_MS = 3_600_000;

/** On all peers at once. */
export const pull: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers }) => {
    const { to: spec } = ctx.params;
    const o = { spec, deadlineMs: PULL_MS, signal: ctx.signal };
    const pulled = peers.map(async (peer) => {
      await ctx.tasks.run(peer, pullImages, { spec }, o);
      ctx.log(`${peer}: all images are there`);
    });
    await Promise.all(pulled);
  },
};
