import { backupEtcd, DEFAULT_KEEP } from "../types/backup-etcd";
import type { ChangeExecutor } from "./context";

/** As the job of that name does it; the result tells the file, and who holds it. */
export const backup: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx) => {
    const params = { keep: DEFAULT_KEEP };
    const own = {
      ...ctx,
      params,
      get result() {
        return ctx.result;
      },
    };
    for (const step of backupEtcd.steps(params, ctx.spec)) await step.run(own);
  },
};
