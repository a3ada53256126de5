import { z } from "zod";
import { Damaged, drillData } from "../../../backups/portable";
import type { JobContext, JobStep, JobType } from "../../type";
import { isPortable } from "../../../backups/manifest";
import { BadRequest, NotFound } from "../../../errors";
import { backupName, engineOf, shelfOf } from "./context";

/** Told in a job's result; all of them are in its log. */
const TOLD = 20;

const params = z.strictObject({
  name: backupName.optional().describe("The backup that is tried; by default the newest one"),
});
type Params = z.infer<typeof params>;

const NOT_READABLE =
  "a drill compares rows with those of the backup, and what milvus-backup makes are files of Milvus that only Milvus reads; restore one under another name (restore-backup --rename) instead";

/** Fails when something does not come back as the backup has it: a backup is as good as what is restored from it. */
export const drillBackup: JobType<Params> = {
  name: "drill-backup",
  title: "Restore a backup into a scratch database, compare what came back, and drop it again",
  params,
  lock: "backups",
  steps: () => [drill],
};

const drill: JobStep<Params> = {
  name: "drill",
  title: "Restore each collection for a while: count its rows, compare samples, search for them",
  isDone: async () => false,
  run: async (ctx) => {
    const name = ctx.params.name ?? (await newest(ctx));
    const manifest = await shelfOf(ctx).manifest(name);
    if (!isPortable(manifest)) throw new BadRequest(`"${name}" cannot be tried so: ${NOT_READABLE}`);
    const tried = drillData(engineOf(ctx), { manifest, prefix: name });
    const { findings, ...found } = await tried.catch((error: unknown) => {
      if (!(error instanceof Damaged)) throw error;
      throw new Error(`"${name}" cannot be restored: ${error.message}`, { cause: error });
    });
    for (const { path, problem } of findings) ctx.log(`${path}: ${problem}`, "error");
    await ctx.setResult({ name, createdAt: manifest.createdAt, ...found, findings: findings.slice(0, TOLD) });
    const [first] = findings;
    if (first)
      throw new Error(
        `"${name}" does not come back as it was: ${findings.length} finding(s), first: ${first.problem}`,
      );
    const { collections, rows, compared, searches } = found;
    ctx.log(
      `"${name}" comes back: ${rows} rows of ${collections} collection(s), ${compared} of them compared, ${searches} searches`,
    );
  },
};

async function newest(ctx: JobContext<Params>): Promise<string> {
  const found = (await shelfOf(ctx).list()).find(({ manifest }) => manifest && isPortable(manifest));
  if (!found) throw new NotFound("there is no finished backup of the engine portable that could be tried");
  return found.name;
}
