import { z } from "zod";
import { restoreData, type RestoreOptions, type RestoreReport } from "../../../backups/portable";
import { isPhysical, isPortable, type Manifest } from "../../../backups/manifest";
import { restorePhysically } from "../../../backups/physical";
import type { JobContext, JobStep, JobType } from "../../type";
import { backupName, collectionNames, engineOf, physicalOf, shelfOf } from "./context";

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
    const done = restoredBefore(ctx);
    const o: Common = {
      ...{ collections, rename, dropExisting, keepExisting, load, dryRun, done },
      onCollection: async ({ from }) => {
        done.push(from);
        await ctx.setResult({ done });
        ctx.safePoint();
      },
    };
    const report = await restored(ctx, manifest, o);
    for (const step of dryRun ? report.steps : []) ctx.log(step);
    for (const refusal of report.refusals) ctx.log(refusal, "error");
    const { steps, warnings, refusals } = report;
    const rows = report.restored.reduce((sum, c) => sum + c.rows, 0);
    await ctx.setResult({ name, dryRun, steps, warnings, refusals, rows });
    if (refusals.length > 0) throw new Error(`"${name}" cannot be restored so: ${refusals.join("; ")}`);
  },
};

type Common = Omit<RestoreOptions, "manifest" | "prefix">;

/** By the engine that made it. */
async function restored(ctx: Context, manifest: Manifest, o: Common): Promise<RestoreReport> {
  if (isPortable(manifest)) return restoreData(engineOf(ctx), { ...o, manifest, prefix: manifest.name });
  if (!isPhysical(manifest))
    throw new Error(`"${manifest.name}" was made by an engine that is not known here`);
  const attempt = Number(ctx.result.attempts ?? 0) + 1;
  await ctx.setResult({ attempts: attempt });
  const job = ctx.jobId.replace(/\W/g, "");
  return restorePhysically(physicalOf(ctx), { ...o, manifest, job, attempt });
}

/** Collections that an earlier leader has put back. */
function restoredBefore({ result }: Context): string[] {
  return [...((result.done as string[] | undefined) ?? [])];
}
