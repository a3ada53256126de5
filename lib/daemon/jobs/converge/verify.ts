import { awayPulsarHost } from "../../../plan/moved";
import { smoke } from "../../smoke";
import type { ChangeExecutor } from "./context";
import { ServiceGate } from "./gate";

export const verify: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx) => {
    const { identity, ports, jobId, signal, params } = ctx;
    const away = awayPulsarHost(params)?.name;
    const spec = { ...params.to, peers: params.to.peers.filter(({ name }) => name !== away) };
    const { milvusRootPassword: password } = (await ctx.secretsOf(params.to)).cluster;
    const { ok, checks } = await smoke({
      ...{ spec, milvus: ports.milvus, password, signal },
      ...{ self: identity.name, runId: jobId, onCheck: ({ name }) => ctx.detail(name) },
    });
    signal.throwIfAborted();
    if (!ok) throw new Error(checks.flatMap((c) => (c.ok ? [] : [`${c.name}: ${c.detail}`])).join("; "));
    await new ServiceGate(ctx).close();
  },
};
