import { z } from "zod";
import { NotFound } from "../../../errors";
import type { JobStep, JobType } from "../../type";
import { backupName, shelfOf } from "./context";

const params = z.strictObject({ name: backupName });
type Params = z.infer<typeof params>;

/** Also of one that was not finished. */
export const deleteBackup: JobType<Params> = {
  name: "delete-backup",
  title: "Delete a backup for good",
  params,
  lock: "backups",
  steps: () => [remove],
};

const remove: JobStep<Params> = {
  name: "delete",
  title: "Delete its manifest, then its files",
  isDone: async ({ result }) => result.objects !== undefined,
  run: async (ctx) => {
    const { name } = ctx.params;
    const objects = await shelfOf(ctx).remove(name);
    if (objects === 0) throw new NotFound(`there is no backup "${name}"`);
    ctx.log(`"${name}" is deleted: ${objects} objects`);
    await ctx.setResult({ name, objects });
  },
};
