import { clientAddress, peerOf } from "../../spec/host";
import type { StepContext, StepExecutor } from "./step";

/** Password of root in a fresh Milvus, known to everybody. Source: Milvus' documentation, "Authenticate user access". */
const WELL_KNOWN = "Milvus";

/** Milvus' root gets the generated password. Families that start with it already have nothing left to do here. */
export const credentials: StepExecutor = {
  kind: "credentials",
  isDone: async (ctx) => (await state(ctx)) === "ours",
  run: async (ctx) => {
    const found = await state(ctx);
    if (found === "unknown") throw new Error(UNKNOWN);
    if (found === "open") throw new Error(OPEN);
    if (found === "fresh") {
      const { milvus } = ctx.ports;
      await milvus.changeRootPassword(proxy(ctx), WELL_KNOWN, ctx.secrets.milvusRootPassword);
      if ((await state(ctx)) !== "ours") throw new Error("the new password is not in effect yet");
    }
  },
};

const UNKNOWN =
  "the proxy refuses both the generated password and the well-known one: " +
  "does the data directory hold the data of a cluster with other credentials?";
const OPEN = "Milvus accepts any password: common.security.authorizationEnabled must be true";

async function state(ctx: StepContext): Promise<"ours" | "fresh" | "open" | "unknown"> {
  const ours = await ctx.ports.milvus.accepts(proxy(ctx), ctx.secrets.milvusRootPassword);
  const wellKnown = await ctx.ports.milvus.accepts(proxy(ctx), WELL_KNOWN);
  if (ours) return wellKnown ? "open" : "ours";
  return wellKnown ? "fresh" : "unknown";
}

/** Through the load balancer: the leader itself need not run a proxy. */
function proxy({ identity, spec }: StepContext): string {
  return clientAddress(spec, peerOf(spec, identity.name).address, spec.ports.lb);
}
