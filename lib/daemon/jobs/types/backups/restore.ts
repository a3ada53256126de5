import { z } from "zod";
import { restoreData } from "../../../backups/portable";
import { isPortable } from "../../../backups/manifest";
import { BadRequest } from "../../../errors";
import type { JobContext, JobStep, JobType } from "../../type";
import { backupName, collectionNames, engineOf, shelfOf } from "./context";

const params = z.strictObject({
  name: backupName,
  collections: collectionNames.optional(),
  rename: z
    .record(z.string(), z.string())
    .optional()
    .describe("`database/collection` of the backup to the name that it gets here"),
  dropExisting: z
    .boolean()
    .default(false)
    .describe("replace collections that exist, each once its successor is whole; else they are refused"),
  keepExisting: z
    .boolean()
    .default(false)
    .describe("leave collections that exist as they are: for a restoration that is gone on with"),
  load: z.boolean().default(true).describe("load what was loaded when the backup was made"),
  dryRun: z.boolean().default(false).describe("only tell what would be done, and what will not fit"),
});
type Params = z.infer<typeof params>;
type Context = JobContext<Params>;

/** Puts collections of a backup back. etcd's snapshot in it is for the rescue of a lost cluster, and is not touched. */
export const restoreBackup: JobType<Params> = {
  name: "restore-backup",
  title: "Put collections back as a backup has them",
  params,
  lock: "backups",
  steps: () => [restore],
};

const restore: JobStep<Params> = {
  name: "restore",
  title: "Write each collection anew, and give it its name once it is whole",
  isDone: async () => false,
  run: async (ctx) => {
    const { name, collections, rename, dropExisting, keepExisting, load, dryRun } = ctx.params;
    const manifest = await shelfOf(ctx).manifest(name);
    if (!isPortable(manifest)) throw new BadRequest(`"${name}" is of milvus-backup: restore it by that tool`);
    const done = restoredBefore(ctx);
    const report = await restoreData(engineOf(ctx), {
      ...{ manifest, prefix: name, collections, rename, dropExisting, keepExisting, load, dryRun, done },
      onCollection: async ({ from }) => {
        done.push(from);
        await ctx.setResult({ done });
        ctx.safePoint();
      },
    });
    for (const step of dryRun ? report.steps : []) ctx.log(step);
    for (const refusal of report.refusals) ctx.log(refusal, "error");
    const { steps, warnings, refusals } = report;
    const rows = report.restored.reduce((sum, c) => sum + c.rows, 0);
    await ctx.setResult({ name, dryRun, steps, warnings, refusals, rows });
    if (refusals.length > 0) throw new Error(`"${name}" cannot be restored so: ${refusals.join("; ")}`);
  },
};

/** Collections that an earlier leader has put back. */
function restoredBefore({ result }: Context): string[] {
  return [...((result.done as string[] | undefined) ?? [])];
}
