import { z } from "zod";
import { leftovers, oldLogs, wasteSnapshots } from "../maintenance/files";
import { wasteImages } from "../maintenance/images";
import type { Waste } from "../maintenance/waste";
import type { PeerTask, TaskContext } from "./task";

const params = z.strictObject({
  dryRun: z.boolean(),
  images: z.boolean(),
  logsOlderThanDays: z.number().int().nonnegative(),
  keepSnapshots: z.number().int().positive(),
});
type Params = z.infer<typeof params>;

export interface CleanUpReport {
  /** What is (or, in a dry run, would be) removed; the largest first, a hundred at most. */
  readonly items: readonly Pick<Waste, "kind" | "name" | "bytes">[];
  /** Of all of them. */
  readonly count: number;
  readonly bytes: number;
  /** Names of what could not be removed, as something needs it. */
  readonly kept: readonly string[];
}

const ITEMS = 100;
/** Longer than this no peer takes to delete what it does not need. */
const MARK_MS = 300_000;

/** The peer removes what it needs no more, or only says what that would be. */
export const cleanUp: PeerTask<Params, CleanUpReport> = {
  name: "clean-up",
  params,
  run: async (o, ctx) => {
    const found = (await waste(o, ctx)).sort((a, b) => b.bytes - a.bytes);
    if (o.dryRun) return report(found, []);
    // An engine that is busy deleting is slow to answer health checks.
    ctx.marks.set("*", "maintenance", MARK_MS);
    try {
      const gone: Waste[] = [];
      for (const item of found) {
        ctx.signal.throwIfAborted();
        if (await item.remove()) gone.push(item);
      }
      return report(
        gone,
        found.filter((item) => !gone.includes(item)),
      );
    } finally {
      ctx.marks.clear("*");
    }
  },
};

async function waste(o: Params, { config, spec, ports }: TaskContext): Promise<Waste[]> {
  const { dataRoot } = config.identity;
  const found = await Promise.all([
    o.images ? wasteImages(spec, ports.engine) : [],
    wasteSnapshots(dataRoot, o.keepSnapshots),
    leftovers(dataRoot, config.configDir),
    oldLogs(spec, dataRoot, o.logsOlderThanDays),
  ]);
  return found.flat();
}

function report(items: readonly Waste[], kept: readonly Waste[]): CleanUpReport {
  return {
    items: items.slice(0, ITEMS).map(({ kind, name, bytes }) => ({ kind, name, bytes })),
    count: items.length,
    bytes: items.reduce((sum, { bytes }) => sum + bytes, 0),
    kept: kept.slice(0, ITEMS).map(({ name }) => name),
  };
}
