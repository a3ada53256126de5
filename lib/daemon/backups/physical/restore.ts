import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { MILVUS_BACKUP_YAML } from "../../../render/milvus-backup";
import { restoreCommand, restoreRightsCommand, SAYS } from "../../../spec/milvus-backup";
import type { PhysicalCollection } from "../manifest";
import { fullName, type RestoredCollection, type RestoreReport } from "../portable";
import { MilvusCalls } from "../portable/calls";
import { load } from "../portable/loading";
import { listMarked, unfinished, type CollectionName } from "../portable/names";
import { drop, takePlace } from "../portable/take-place";
import type { Planned } from "../portable/targets";
import type { PhysicalContext } from "./context";
import { planPhysical, type PhysicalPlan, type PhysicalRestore } from "./restore-plan";
import { runMilvusBackup } from "./run";

const CLEAN_UP_MS = 30_000;

interface Restoration {
  readonly ctx: PhysicalContext;
  readonly client: MilvusClient;
  readonly calls: MilvusCalls;
  readonly o: PhysicalRestore;
}

/**
 * Has milvus-backup put collections back, one after the other: each under a name of its own, which it keeps until it is whole. Nothing that
 * exists is touched before. Throws, before anything is done, what would not fit.
 */
export async function restorePhysically(ctx: PhysicalContext, o: PhysicalRestore): Promise<RestoreReport> {
  const client = await ctx.milvus.open();
  try {
    const calls = new MilvusCalls(client, ctx.signal);
    const plan = await planPhysical(calls, o, await calls.version());
    if (o.dryRun) return { ...plan.report, restored: [] };
    if (plan.report.refusals.length > 0) throw new Error(plan.report.refusals.join("; "));
    return await restore({ ctx, client, calls, o }, plan);
  } finally {
    await client.closeConnection().catch(() => undefined);
  }
}

async function restore(r: Restoration, plan: PhysicalPlan): Promise<RestoreReport> {
  const { ctx, calls, o } = r;
  const { collections, databases, report, rights } = plan;
  await ctx.fetchImage();
  await ctx.stopLeftovers();
  for (const name of databases) {
    await calls.ask(`create database ${name}`, "CreateDatabase", { db_name: name });
    ctx.log(`database ${name} is made`);
  }
  await dropBegun(r, new Set(collections.map(({ to }) => to.database)));
  const restored: RestoredCollection[] = [];
  for (const [i, planned] of collections.entries()) {
    const { entry, to } = planned;
    const done = { from: fullName(entry), to: fullName(to), rows: entry.rows };
    if (!o.done.includes(done.from)) {
      ctx.progress(i / collections.length, `${done.to}: Milvus takes its files in`);
      await restoreCollection(r, planned);
      await o.onCollection(done);
    }
    restored.push(done);
  }
  if (rights) await restoreRights(r);
  for (const warning of report.warnings) ctx.log(warning);
  return { ...report, restored };
}

/** By runs whose leaders have died: one restoration is at work at a time. */
async function dropBegun({ calls }: Restoration, databases: ReadonlySet<string>): Promise<void> {
  for (const database of databases)
    for (const begun of await listMarked(calls, database)) await drop(calls, begun);
}

async function restoreCollection(r: Restoration, planned: Planned<PhysicalCollection>): Promise<void> {
  const { ctx, calls, o } = r;
  const { entry, to } = planned;
  const half = unfinished(to, `${o.job}_${o.attempt}`);
  try {
    await takeIn(r, entry, half);
  } catch (error) {
    // Even when the job is stopped: nobody else knows of this collection.
    await drop(new MilvusCalls(r.client, AbortSignal.timeout(CLEAN_UP_MS)), half).catch(() => undefined);
    throw error;
  }
  await takePlace({ calls, log: ctx.log, dropExisting: o.dropExisting }, planned, half);
  if (o.load && entry.loaded) await load(calls, { ...to, partitions: entry.partitions }, 1);
  ctx.log(`${fullName(to)} is back`);
}

async function takeIn({ ctx, o }: Restoration, from: PhysicalCollection, to: CollectionName): Promise<void> {
  const { name, data } = o.manifest;
  let imports = 0;
  await runMilvusBackup(ctx, {
    ...{ what: "restore", folder: name },
    command: restoreCommand({ config: MILVUS_BACKUP_YAML, name: data.folder, from, to }),
    onLog: ({ message }) => {
      if (message === SAYS.imported) ctx.detail(`${fullName(from)}: ${++imports} parts are in`);
    },
  });
}

async function restoreRights({ ctx, o }: Restoration): Promise<void> {
  const { name, data } = o.manifest;
  await runMilvusBackup(ctx, {
    ...{ what: "restore --rbac", folder: name, onLog: () => undefined },
    command: restoreRightsCommand({ config: MILVUS_BACKUP_YAML, name: data.folder }),
  });
  ctx.log("users, roles and grants that were missing are back");
}
