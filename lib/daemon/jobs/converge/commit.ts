import { specDigest } from "../../digest";
import { keys } from "../../keys";
import { refuseStale } from "./claim";
import type { ChangeContext, ChangeExecutor } from "./context";

/** The spec and the end of the change are one transaction. */
export const commit: ChangeExecutor = {
  isDone: async (ctx) => {
    const { spec, change } = await ctx.records.read();
    return change === undefined && spec?.value.digest === specDigest(ctx.params.to);
  },
  run: async (ctx) => {
    const { spec: before, change } = await refuseStale(ctx);
    const generation = before!.value.generation + 1;
    const { spec, change: changeKey } = keys(ctx.identity.clusterId);
    const value = { generation, digest: specDigest(ctx.params.to), spec: ctx.params.to };
    await ctx.records.commit([
      { key: spec, value, expected: before!.modRevision },
      ...(change ? [{ key: changeKey, value: undefined, expected: change.modRevision }] : []),
    ]);
    await tell(ctx, generation);
  },
};

async function tell(ctx: ChangeContext, generation: number): Promise<void> {
  ctx.log(`generation ${generation} is in force`);
  await ctx.setResult({ generation });
}
