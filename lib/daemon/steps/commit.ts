import { keys } from "../keys";
import type { ClusterSpec } from "../../spec/spec";
import { layoutChanges } from "./layout";
import { Refusal, type StepContext, type StepExecutor } from "./step";

/** What etcd holds about the cluster: the truth that a joining or returning peer reads. */
export interface CommittedSpec {
  /** 1 for a new cluster; one more for each change since, also when kept data is formed again. */
  readonly generation: number;
  readonly digest: string;
  readonly spec: ClusterSpec;
}

/** Records the spec, only while this peer leads. */
export const commit: StepExecutor = {
  kind: "commit",
  isDone: async (ctx) => {
    const found = await committed(ctx);
    if (!found || found.value.digest === ctx.specDigest) return found !== undefined;
    refuseOtherLayout(found.value, ctx.spec);
    return false;
  },
  run: async (ctx) => {
    const before = await committed(ctx);
    const term = ctx.ports.term();
    if (term === undefined) throw new Error("this peer no longer leads: its successor commits");
    const { leader, spec } = keys(ctx.identity.clusterId);
    const generation = (before?.value.generation ?? 0) + 1;
    const value: CommittedSpec = { generation, digest: ctx.specDigest, spec: ctx.spec };
    const expected = before?.modRevision ?? "0";
    const written = await ctx.ports.store.putFenced(spec, JSON.stringify(value), { expected, leader, term });
    if (!written)
      throw new Error(`term ${term} has ended, or the spec has changed: whoever leads now looks again`);
  },
};

/** The committed spec, with the revision that a change of it must name. */
export async function committed(
  ctx: Pick<StepContext, "ports" | "identity">,
): Promise<{ value: CommittedSpec; modRevision: string } | undefined> {
  const found = await ctx.ports.store.get(keys(ctx.identity.clusterId).spec);
  return found && { value: JSON.parse(found.value) as CommittedSpec, modRevision: found.modRevision };
}

/** Data that was kept belongs to these peers and this layout: formed otherwise, it would be lost or mixed up. */
function refuseOtherLayout(before: CommittedSpec, spec: ClusterSpec): void {
  const changes = layoutChanges(before.spec, spec);
  if (changes.length === 0) return;
  throw new Refusal(
    `the data directories hold this cluster (generation ${before.generation}) in another layout: ${changes.join("; ")}. ` +
      "Form it with the layout that it had, or delete the data first",
  );
}
