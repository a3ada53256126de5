import { smoke } from "../../smoke";
import { problemOf } from "../types/attempt";
import type { ChangeExecutor } from "./context";
import { ServiceGate } from "./gate";

export const verify: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx) => {
    const { identity, ports, secrets, jobId, signal, params } = ctx;
    const { ok, checks } = await smoke({
      ...{ spec: params.to, milvus: ports.milvus, password: secrets.cluster.milvusRootPassword, signal },
      ...{ self: identity.name, runId: jobId, onCheck: ({ name }) => ctx.detail(name) },
    });
    signal.throwIfAborted();
    if (!ok) throw new Error(checks.flatMap((c) => (c.ok ? [] : [`${c.name}: ${c.detail}`])).join("; "));
    const problem = await problemOf(ctx, () => new ServiceGate(ctx).close());
    if (problem !== undefined)
      ctx.log(`the collection of this change is dropped by the next one: ${problem}`, "warn");
  },
};
