import { z } from "zod";
import { isScheduled } from "../../../backups/duty";
import { expired } from "../../../backups/retention";
import { unfitFor } from "../../../../spec/backups";
import { canonicalJson } from "../../../../spec/canonical";
import { ATTEMPT, STRATEGIES } from "../../../../spec/milvus-backup";
import { BACKUP_ENGINES, type BackupEngine } from "../../../../spec/spec";
import {
  FORMAT,
  type BackedUpObject,
  type DataManifest,
  type PhysicalManifest,
} from "../../../backups/manifest";
import { once } from "../../../backups/target";
import { backupPhysically } from "../../../backups/physical";
import { backupData } from "../../../backups/portable";
import { BadRequest } from "../../../errors";
import { Cancelled } from "../../errors";
import type { JobContext, JobStep, JobType } from "../../type";
import { backupName, collectionNames, engineOf, physicalOf, shelfFor, shelfOf } from "./context";

const ETCD = "etcd.db";
const SPEC = "spec.json";

/** For what a run of the tool has left to be deleted. */
const CLEAN_UP_MS = 300_000;

const count = z.int().min(0);

const params = z.strictObject({
  name: backupName.optional().describe("by default the time (UTC) and the id of the job"),
  databases: z.array(z.string().min(1)).min(1).optional().describe("by default all"),
  collections: collectionNames.optional(),
  engine: z.enum(BACKUP_ENGINES).optional().describe("by default the one of backups.engine in the spec"),
  strategy: z
    .enum(STRATEGIES)
    .optional()
    .describe(
      "of milvus-backup: how Milvus is made to write down what is in memory; by default its own choice",
    ),
  retain: z
    .strictObject({
      keep: z.strictObject({ last: z.int().min(1), daily: count, weekly: count, monthly: count }),
      timeZone: z.string(),
    })
    .optional()
    .describe("which scheduled backups stay: the others are deleted once this one is made"),
});
type Params = z.infer<typeof params>;
type Context = JobContext<Params>;

/** Rows, schemas and rights of Milvus, a snapshot of etcd, and the spec in force, in one folder of the cluster's bucket. */
export const createBackup: JobType<Params> = {
  name: "create-backup",
  title: "Back up what Milvus holds, etcd, and the spec in force",
  params,
  lock: "backups",
  steps: ({ retain: policy }) => [begin, data, control, seal, ...(policy ? [retain] : [])],
};

const begin: JobStep<Params> = {
  name: "begin",
  title: "Take the backup's name",
  isDone: async ({ result }) => result.name !== undefined,
  run: async (ctx) => {
    const createdAt = new Date().toISOString();
    const name = ctx.params.name ?? `${createdAt.replace(/[-:]|\.\d+/g, "")}-${ctx.jobId.slice(-8)}`;
    const shelf = shelfOf(ctx);
    const engine = ctx.params.engine ?? ctx.spec.backups?.engine ?? "portable";
    refuseUnfit(ctx, engine);
    const own = await shelf.claim(name, { job: ctx.jobId, createdAt, cluster: ctx.identity.clusterId });
    await ctx.setResult({ name, createdAt: own.createdAt, engine });
  },
};

const data: JobStep<Params> = {
  name: "data",
  title: "Read every collection, and write its rows",
  isDone: async (ctx) => (await shelfOf(ctx).data(nameOf(ctx))) !== undefined || (await isSealed(ctx)),
  run: async (ctx) => {
    const shelf = shelfOf(ctx);
    const found = ctx.result.engine === "milvus-backup" ? await copied(ctx) : await read(ctx);
    await shelf.setData(nameOf(ctx), found);
    await ctx.setResult({
      collections: found.collections.length,
      rows: found.collections.map(({ rows }) => rows).reduce((sum, rows) => sum + rows, 0),
    });
  },
};

async function read(ctx: Context): Promise<DataManifest> {
  const shelf = shelfOf(ctx);
  const prefix = nameOf(ctx);
  const { databases, collections } = ctx.params;
  return backupData(engineOf(ctx), {
    ...{ prefix, databases, collections, done: await shelf.done(prefix) },
    onCollection: async (entry) => {
      await shelf.setDone(prefix, entry);
      ctx.safePoint();
    },
  });
}

/** The tool begins anew each time. What it has left when it fails, or is stopped, is of no use: its meta comes last. */
async function copied(ctx: Context): Promise<PhysicalManifest> {
  const name = nameOf(ctx);
  const attempt = Number(ctx.result.attempts ?? 0) + 1;
  await ctx.setResult({ attempts: attempt });
  await shelfOf(ctx).removeFolders(name, (folder) => folder.startsWith(ATTEMPT));
  const { databases, collections, strategy } = ctx.params;
  try {
    return await backupPhysically(physicalOf(ctx), { name, attempt, databases, collections, strategy });
  } catch (error) {
    // A leader that was voted out leaves it to its successor.
    if (!ctx.signal.aborted || ctx.signal.reason instanceof Cancelled)
      await shelfFor(ctx, AbortSignal.timeout(CLEAN_UP_MS)).remove(name);
    throw error;
  }
}

/** Before anything is written. */
function refuseUnfit({ spec, params }: Context, engine: BackupEngine): void {
  const problem = engine === "milvus-backup" ? unfitFor(spec) : params.strategy && STRATEGY_OF_TOOL;
  if (problem) throw new BadRequest(problem);
}

const STRATEGY_OF_TOOL = "a strategy is for the engine milvus-backup: the portable one has none";

const control: JobStep<Params> = {
  name: "control",
  title: "Write a snapshot of etcd, and the spec in force",
  isDone: async (ctx) => ctx.result.etcd !== undefined || (await isSealed(ctx)),
  run: async (ctx) => {
    const { target } = engineOf(ctx);
    const write = async (path: string, content: AsyncIterable<Uint8Array>): Promise<BackedUpObject> => ({
      path,
      ...(await target.put(`${nameOf(ctx)}/${path}`, content, ctx.signal)),
    });
    const etcd = await write(ETCD, await ctx.ports.store.snapshot(ctx.signal));
    await ctx.setResult({ etcd, spec: await write(SPEC, once(canonicalJson(ctx.spec))) });
  },
};

const seal: JobStep<Params> = {
  name: "seal",
  title: "Write the manifest: from then on it is a backup",
  isDone: isSealed,
  run: async (ctx) => {
    const { spec, identity, result, jobId } = ctx;
    const shelf = shelfOf(ctx);
    const name = nameOf(ctx);
    const found = await shelf.data(name);
    if (!found) throw new Error(`${name}/ has lost what was read: start another backup`);
    const { spec: inForce } = await ctx.records.read();
    const {
      etcd,
      spec: specObject,
      createdAt,
    } = result as {
      etcd: BackedUpObject;
      spec: BackedUpObject;
      createdAt: string;
    };
    await shelf.seal({
      ...{ format: FORMAT, name, job: jobId, createdAt, data: found, etcd, spec: specObject },
      cluster: {
        ...{ name: spec.name, id: identity.clusterId, milvus: spec.version },
        generation: inForce?.value.generation ?? 0,
      },
    });
  },
};

/**
 * Of this cluster's scheduled ones alone: what a person or another cluster has made is theirs to delete. What is unfinished is of a job
 * that has failed: one is made at a time.
 */
const retain: JobStep<Params> = {
  name: "retain",
  title: "Delete scheduled backups that are kept no longer",
  isDone: async ({ result }) => result.deleted !== undefined,
  run: async (ctx) => {
    const shelf = shelfOf(ctx);
    const scheduled = (await shelf.list()).filter(({ name }) => isScheduled(name));
    const own = scheduled.flatMap(({ manifest }) =>
      manifest && isOwn(ctx, manifest.cluster.id) ? manifest : [],
    );
    const unfinished = scheduled.filter(({ manifest, problem }) => !manifest && problem === undefined);
    const names = expired(own, ctx.params.retain!).map(({ name }) => name);
    for (const { name } of unfinished) if (isOwn(ctx, (await shelf.claimOf(name))?.cluster)) names.push(name);
    for (const name of names) {
      ctx.safePoint();
      await shelf.remove(name);
      ctx.log(`"${name}" is kept no longer: deleted`);
    }
    await ctx.setResult({ deleted: names.length });
  },
};

/** One that says nothing is of a release that knew the cluster's own bucket alone. */
function isOwn({ identity }: Context, cluster = identity.clusterId): boolean {
  return cluster === identity.clusterId;
}

async function isSealed(ctx: Context): Promise<boolean> {
  return (await shelfOf(ctx).find(nameOf(ctx)))?.job === ctx.jobId;
}

function nameOf({ result }: Context): string {
  return result.name as string;
}
