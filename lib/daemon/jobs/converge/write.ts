import { writeFiles } from "../../tasks/converge";
import { beginChange } from "./claim";
import type { ChangeExecutor } from "./context";

/** On all peers at once: what is written takes no connection away. */
export const write: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers, reload = false }) => {
    await beginChange(ctx);
    const { to: spec } = ctx.params;
    const o = { spec, signal: ctx.signal };
    await Promise.all(peers.map((peer) => ctx.tasks.run(peer, writeFiles, { spec, reload }, o)));
  },
};
