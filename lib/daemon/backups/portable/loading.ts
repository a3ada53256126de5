import { until } from "../../wait";
import type { MilvusCalls } from "./calls";
import { fullName } from "./context";

/** Loading reads the collection's index from the object store: a large one takes a while. */
const LOAD_MS = 3_600_000;

export interface Loadable {
  readonly database: string;
  readonly name: string;
  readonly partitions: readonly string[];
}

/** Replicas that a collection has in memory; 0 when nothing of it is loaded. */
export async function replicasOf(calls: MilvusCalls, c: Loadable): Promise<number> {
  const loaded = await loadedPartitions(calls, c);
  if (loaded.size === 0) return 0;
  const what = `list the replicas of ${fullName(c)}`;
  const { collectionID } = await calls.ask<{ collectionID: string }>(what, "DescribeCollection", where(c));
  const request = { ...where(c), collectionID };
  const reply = await calls.askIfKnown<{ replicas: unknown[] }>(what, "GetReplicas", request);
  return Math.max(1, reply?.replicas.length ?? 1);
}

/**
 * Has every partition in memory while `work` runs: Milvus answers a query from what is loaded, and does not say that something is not.
 * What was not loaded before is released again.
 */
export async function whileLoaded<T>(
  calls: MilvusCalls,
  c: Loadable,
  replicas: number,
  work: () => Promise<T>,
  log: (text: string) => void,
): Promise<T> {
  const loaded = await loadedPartitions(calls, c);
  const missing = c.partitions.filter((p) => !loaded.has(p));
  if (missing.length === 0) return work();
  const part = missing.length < c.partitions.length ? { partition_names: missing } : {};
  const kind = missing.length < c.partitions.length ? "Partitions" : "Collection";
  log(`${fullName(c)} is not loaded as a whole: it is, for as long as it is read`);
  try {
    await load(calls, c, Math.max(1, replicas), missing);
    return await work();
  } finally {
    const request = { ...where(c), ...part };
    await calls.ask(`release ${fullName(c)}`, `Release${kind}`, request).catch((error: Error) => {
      log(`${error.message}: it stays loaded`);
    });
  }
}

/** Loads these partitions and waits until they can be asked. */
export async function load(
  calls: MilvusCalls,
  c: Loadable,
  replicas: number,
  partitions: readonly string[] = c.partitions,
): Promise<void> {
  const all = partitions.length === c.partitions.length;
  const request = { ...where(c), replica_number: replicas, ...(all ? {} : { partition_names: partitions }) };
  await calls.ask(`load ${fullName(c)}`, all ? "LoadCollection" : "LoadPartitions", request);
  await until(
    async () => {
      const loaded = await loadedPartitions(calls, c);
      const missing = partitions.filter((p) => !loaded.has(p));
      return missing.length === 0 ? undefined : `${missing.length} partitions are not loaded yet`;
    },
    { what: `load ${fullName(c)}`, deadlineMs: LOAD_MS, everyMs: 500, signal: calls.signal },
  );
}

async function loadedPartitions(calls: MilvusCalls, c: Loadable): Promise<Set<string>> {
  const loaded = new Set<string>();
  for (const partition of c.partitions) {
    const request = { ...where(c), partition_names: [partition] };
    const what = `ask whether ${fullName(c)} is loaded`;
    const { state } = await calls.ask<{ state: string }>(what, "GetLoadState", request);
    if (state === "LoadStateLoaded") loaded.add(partition);
  }
  return loaded;
}

function where({ database, name }: Loadable): { db_name: string; collection_name: string } {
  return { db_name: database, collection_name: name };
}
