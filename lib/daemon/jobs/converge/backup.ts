import { backupEtcd } from "../types/backup-etcd";
import { createBackup } from "../types/backups/create";
import type { JobType } from "../type";
import type { ChangeContext, ChangeExecutor } from "./context";

/** As the jobs of those names do it; the result tells the file with who holds it, and the backup. */
export const backup: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { data }) => {
    await done(ctx, backupEtcd, {});
    if (data) await done(ctx, createBackup, { name: `before-upgrade-${ctx.jobId}` });
  },
};

async function done<P>(ctx: ChangeContext, type: JobType<P>, given: object): Promise<void> {
  const params = type.params.parse(given);
  const own = {
    ...ctx,
    params,
    get result() {
      return ctx.result;
    },
  };
  for (const step of type.steps(params, ctx.spec)) if (!(await step.isDone(own))) await step.run(own);
}
