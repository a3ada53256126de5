import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import type { CollectionEntry, PortableBackup } from "../manifest";
import { MilvusCalls } from "./calls";
import { Comparison, isSearched, type Compared } from "./compare";
import { fullName, type EngineContext } from "./context";
import { DRILL_DATABASE, type CollectionName } from "./names";
import type { RestoreOptions } from "./options";
import { restoreData } from "./restore";

export interface DrillOptions {
  readonly manifest: PortableBackup;
  /** Folder of the backup in the target. */
  readonly prefix: string;
}

export interface DrillReport extends Compared {
  readonly collections: number;
}

const CLEAN_UP_MS = 60_000;

/**
 * Restores one collection after the other into a database of its own, and looks whether what comes out is what the backup has: as many
 * rows, samples of them value by value, and found by their own vectors. Each is dropped again, so that no more than one is there at once.
 */
export async function drillData(
  ctx: EngineContext,
  { manifest, prefix }: DrillOptions,
): Promise<DrillReport> {
  const client = await ctx.milvus.open();
  const all = manifest.data.collections;
  const comparison = new Comparison(ctx, client, prefix);
  try {
    for (const [i, entry] of all.entries()) {
      ctx.signal.throwIfAborted();
      await cleared(ctx, client);
      const within: EngineContext = {
        ...ctx,
        progress: (part, detail) => ctx.progress((i + part) / all.length, detail),
      };
      await restoreData(within, scratch(manifest, entry, prefix));
      await comparison.add(entry, inScratch(entry));
    }
    return { collections: all.length, ...comparison.found };
  } finally {
    await cleared({ ...ctx, signal: AbortSignal.timeout(CLEAN_UP_MS) }, client).catch((error: Error) =>
      ctx.log(`${error.message}: the next drill removes what is left`),
    );
    await client.closeConnection().catch(() => undefined);
  }
}

/** In the drill's database, and in memory once where it can be searched. */
function scratch(manifest: PortableBackup, entry: CollectionEntry, prefix: string): RestoreOptions {
  const once = { ...entry, replicas: isSearched(entry) ? 1 : 0 };
  return {
    manifest: { ...manifest, data: { ...manifest.data, collections: [once] } },
    ...{ prefix, collections: [fullName(entry)], rename: { [fullName(entry)]: fullName(inScratch(entry)) } },
    ...{ dropExisting: false, load: true, dryRun: false, done: [], onCollection: async () => undefined },
  };
}

const inScratch = ({ name }: CollectionName): CollectionName => ({ database: DRILL_DATABASE, name });

/** Also of what an earlier drill has left. */
async function cleared({ signal }: Pick<EngineContext, "signal">, client: MilvusClient): Promise<void> {
  const calls = new MilvusCalls(client, signal);
  const where = { db_name: DRILL_DATABASE };
  const { db_names } = await calls.ask<{ db_names: string[] }>("list databases", "ListDatabases", {});
  if (!db_names.includes(DRILL_DATABASE)) return;
  const what = `list the collections of ${DRILL_DATABASE}`;
  const { collection_names } = await calls.ask<{ collection_names: string[] }>(
    what,
    "ShowCollections",
    where,
  );
  for (const name of collection_names) {
    const request = { ...where, collection_name: name };
    await calls.ask(`drop ${DRILL_DATABASE}/${name}`, "DropCollection", request);
  }
  await calls.ask(`drop database ${DRILL_DATABASE}`, "DropDatabase", where);
}
