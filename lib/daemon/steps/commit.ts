import { keys } from "../keys";
import type { ClusterSpec } from "../../spec/spec";
import { Refusal, type StepExecutor } from "./step";

/** What etcd holds about the cluster: the truth that a joining or returning peer reads. */
export interface CommittedSpec {
  readonly generation: number;
  readonly digest: string;
  readonly spec: ClusterSpec;
}

/** Records the spec as generation 1, only while this peer leads. */
export const commit: StepExecutor = {
  kind: "commit",
  isDone: async (ctx) => {
    const found = await ctx.ports.store.get(keys(ctx.identity.clusterId).spec);
    if (!found) return false;
    const committed = JSON.parse(found.value) as CommittedSpec;
    if (committed.digest === ctx.specDigest) return true;
    throw new Refusal(
      `etcd already holds another spec of this cluster (generation ${committed.generation}): ` +
        "the data directory belongs to a formed cluster; tear it down with its data, or form it with the spec it had",
    );
  },
  run: async (ctx) => {
    const { leader, spec } = keys(ctx.identity.clusterId);
    const term = ctx.ports.term();
    if (term === undefined) throw new Error("this peer no longer leads: its successor commits");
    const value: CommittedSpec = { generation: 1, digest: ctx.specDigest, spec: ctx.spec };
    const written = await ctx.ports.store.createFenced(spec, JSON.stringify(value), leader, term);
    if (written === "deposed") throw new Error(`term ${term} has ended: its successor commits`);
    if (written === "exists") await commit.isDone(ctx);
  },
};
