import { until } from "../../wait";
import type { CollectionEntry } from "../manifest";
import { restoreAccess } from "./access";
import { MilvusCalls, MilvusRefusal, paramsOf, pairsOf } from "./calls";
import { fullName, type EngineContext } from "./context";
import { createIndexes } from "./create";
import { fill, type Restoration } from "./fill";
import { load } from "./loading";
import { unfinished, type CollectionName } from "./names";
import type { RestoredCollection, RestoreOptions, RestoreReport } from "./options";
import { planRestore, type PlannedCollection, type RestorePlan } from "./restore-plan";
import { drop, takePlace } from "./take-place";

/** Sealing what was written takes the object store's time. */
const FLUSH_MS = 600_000;
const CLEAN_UP_MS = 30_000;

/**
 * Puts collections back. Each is written under a name of its own, and takes its place when it is whole: nothing that exists is touched
 * before. Throws, before anything is done, what would not fit.
 */
export async function restoreData(ctx: EngineContext, o: RestoreOptions): Promise<RestoreReport> {
  const client = await ctx.milvus.open();
  try {
    const calls = new MilvusCalls(client, ctx.signal);
    const version = await calls.version();
    const plan = await planRestore(calls, o, version, ctx.imports);
    if (o.dryRun) return { ...plan.report, restored: [] };
    if (plan.report.refusals.length > 0) throw new Error(plan.report.refusals.join("; "));
    return await restore({ ctx, client, calls, o, version }, plan);
  } finally {
    await client.closeConnection().catch(() => undefined);
  }
}

async function restore(
  r: Restoration,
  { collections, databases, access, report }: RestorePlan,
): Promise<RestoreReport> {
  const { ctx, calls, o } = r;
  for (const { name, properties } of databases) {
    const request = { db_name: name, properties: pairsOf(properties) };
    await calls.ask(`create database ${name}`, "CreateDatabase", request);
    ctx.log(`database ${name} is made`);
  }
  const restored: RestoredCollection[] = [];
  for (const [i, { entry, to }] of collections.entries()) {
    const done = { from: fullName(entry), to: fullName(to), rows: entry.rows };
    if (!o.done.includes(done.from)) {
      await restoreCollection(r, { entry, to }, (part) =>
        ctx.progress((i + part) / collections.length, `${done.to}: ${Math.round(part * 100)} %`),
      );
      await o.onCollection(done);
    }
    restored.push(done);
  }
  if (access) await restoreAccess(calls, o.manifest.data.access!, namesIn(collections));
  for (const warning of report.warnings) ctx.log(warning);
  return { ...report, restored };
}

function namesIn(all: readonly PlannedCollection[]): (database: string, name: string) => CollectionName {
  return (database, name) =>
    all.find(({ entry }) => entry.database === database && entry.name === name)?.to ?? { database, name };
}

async function restoreCollection(
  r: Restoration,
  planned: PlannedCollection,
  tell: (part: number) => void,
): Promise<void> {
  const { calls, ctx, o } = r;
  const { entry, to } = planned;
  const half = unfinished(to);
  await drop(calls, half);
  let way = "";
  try {
    way = await fill(r, entry, half, tell);
    await written(calls, entry, half);
    await createIndexes(calls, entry, half, r.version);
  } catch (error) {
    // Even when the job is stopped: nobody else knows of this collection.
    await drop(new MilvusCalls(r.client, AbortSignal.timeout(CLEAN_UP_MS)), half).catch(() => undefined);
    throw error;
  }
  await takePlace({ calls, log: ctx.log, dropExisting: o.dropExisting }, planned, half);
  if (o.load && entry.replicas > 0) await loadAsBefore(r, planned);
  ctx.log(`${fullName(to)}: ${entry.rows} rows are back, ${way}`);
}

/** Milvus has sealed all rows, and counts as many as there are to be. */
async function written(calls: MilvusCalls, entry: CollectionEntry, half: CollectionName): Promise<void> {
  const where = { db_name: half.database, collection_name: half.name };
  type Stats = { stats: { key: string; value: string }[] };
  await calls.ask(`flush ${fullName(half)}`, "Flush", {
    ...{ db_name: half.database, collection_names: [half.name] },
  });
  await until(
    async () => {
      const { stats } = await calls.ask<Stats>(`count ${fullName(half)}`, "GetCollectionStatistics", where);
      const rows = Number(paramsOf(stats).row_count ?? 0);
      return rows >= entry.rows ? undefined : `${rows} of ${entry.rows} rows are there`;
    },
    { what: `write ${fullName(half)} down`, deadlineMs: FLUSH_MS, everyMs: 500, signal: calls.signal },
  );
}

async function loadAsBefore({ calls, ctx }: Restoration, { entry, to }: PlannedCollection): Promise<void> {
  const c = { ...to, partitions: entry.partitions };
  try {
    await load(calls, c, entry.replicas);
  } catch (error) {
    if (!(error instanceof MilvusRefusal) || entry.replicas === 1) throw error;
    ctx.log(`${error.message}: loaded with one replica`);
    await load(calls, c, 1);
  }
}
