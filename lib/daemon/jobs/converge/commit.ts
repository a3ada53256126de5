import { specDigest } from "../../digest";
import { GIVEN_UP, keys } from "../../keys";
import { NoQuorum } from "../../store/records";
import { persist } from "../persist";
import { goesBack, refuseStale } from "./claim";
import type { ChangeContext, ChangeExecutor } from "./context";
import { forgetSecrets } from "./secrets";

/** The spec and the end of the change are one transaction. */
export const commit: ChangeExecutor = {
  isDone: (ctx) => isInForce(ctx),
  run: async (ctx) => {
    const { spec: before, change, pulsar } = await refuseStale(ctx);
    const generation = before!.value.generation + 1;
    const own = keys(ctx.identity.clusterId);
    const value = { generation, digest: specDigest(ctx.params.to), spec: ctx.params.to };
    const changes = [
      { key: own.spec, value, expected: before!.modRevision },
      ...(change ? [{ key: own.change, value: undefined, expected: change.modRevision }] : []),
      ...(pulsar?.value === GIVEN_UP
        ? [{ key: own.pulsar, value: undefined, expected: pulsar.modRevision }]
        : []),
    ];
    const onProblem = (problem: string): void => ctx.detail(`etcd is asked again: ${problem}`);
    await ctx.records.commit(changes).catch(async (error: unknown) => {
      if (!(error instanceof NoQuorum)) throw error;
      // An answer that was lost does not tell whether it was written.
      if (!(await persist(() => isInForce(ctx), { signal: ctx.signal, onProblem }))) throw error;
    });
    if (goesBack(ctx)) await forgetSecrets(ctx);
    await tell(ctx, generation);
  },
};

async function isInForce(ctx: ChangeContext): Promise<boolean> {
  const { spec, change } = await ctx.records.read();
  return change === undefined && spec?.value.digest === specDigest(ctx.params.to);
}

async function tell(ctx: ChangeContext, generation: number): Promise<void> {
  ctx.log(`generation ${generation} is in force`);
  await ctx.setResult({ generation });
}
