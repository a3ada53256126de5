import { differences } from "../../../plan/differences";
import { sameSpec } from "../../../spec/same";
import type { ClusterSpec } from "../../../spec/spec";
import { specDigest } from "../../digest";
import { keys } from "../../keys";
import type { Snapshot } from "../../store/records";
import type { ChangeContext } from "./context";

/** Throws unless the cluster is as it was when the change was planned. */
export async function refuseStale(ctx: ChangeContext): Promise<Snapshot> {
  const found = await ctx.records.read();
  const committed = found.spec?.value;
  if (!committed) throw new Error("no spec is in force: the cluster is not formed");
  if (found.stopped) throw new Error(STOPPED);
  const { from, to, unfinished } = ctx.params;
  if (sameSpec(committed.spec, to) && found.change === undefined) return found;
  if (!sameSpec(committed.spec, from)) throw new Error(stale(committed.spec, from, committed.generation));
  const begun = found.change?.value;
  if (begun !== undefined && begun.job !== ctx.jobId && !(unfinished && sameSpec(begun.spec, unfinished))) {
    throw new Error(
      `job ${begun.job} has begun another change since this one was planned, and has not ended it: plan again`,
    );
  }
  return found;
}

/** From now on the cluster may be neither as the old spec wants it nor as the new one does: whoever looks is told. */
export async function beginChange(ctx: ChangeContext): Promise<void> {
  const { spec: committed, change } = await refuseStale(ctx);
  const { to } = ctx.params;
  const inForce = sameSpec(committed!.value.spec, to);
  if (change?.value.job === ctx.jobId || (inForce && !change)) return;
  // On the way back it is still what has begun that some containers may be as.
  const spec = inForce ? change!.value.spec : to;
  const key = keys(ctx.identity.clusterId).change;
  const value = { job: ctx.jobId, digest: specDigest(spec), spec };
  await ctx.records.commit([{ key, value, expected: change?.modRevision ?? "0" }]);
}

/** Whether an earlier change that has not ended is undone. */
export function goesBack({ params: { from, to, unfinished } }: ChangeContext): boolean {
  return unfinished !== undefined && sameSpec(from, to);
}

const STOPPED =
  "the cluster is stopped, so nothing can be changed: start it with milvus-onprem start, and try again";

function stale(now: ClusterSpec, then: ClusterSpec, generation: number): string {
  const found = differences(then, now);
  const what = found.length === 0 ? "" : ` (${found.join("; ")})`;
  return `the cluster has changed since this was planned: generation ${generation} is in force${what}. Plan again`;
}
