import { hostPort } from "../../spec/host";
import type { StepContext, StepExecutor } from "./step";
import { messageOf, until } from "../wait";

/** Password of root in a fresh Milvus, known to everybody. Source: Milvus' documentation, "Authenticate user access". */
const WELL_KNOWN = "Milvus";
const DEADLINE_MS = 120_000;

/** Milvus' root gets the generated password. Families that start with it already have nothing left to do here. */
export const credentials: StepExecutor = {
  kind: "credentials",
  isDone: async (ctx) => (await state(ctx)) === "ours",
  run: (ctx) =>
    until(() => replace(ctx), {
      what: "Milvus' root password",
      deadlineMs: DEADLINE_MS,
      everyMs: 1_000,
      signal: ctx.signal,
      onDetail: ctx.detail,
    }),
};

async function replace(ctx: StepContext): Promise<string | undefined> {
  const found = await state(ctx);
  if (found === "ours") return undefined;
  if (found === "unknown") {
    return "the proxy refuses both the generated password and the well-known one: does the data directory hold another cluster's data?";
  }
  if (found === "open") {
    return "Milvus accepts any password: common.security.authorizationEnabled must be true";
  }
  await ctx.ports.milvus
    .changeRootPassword(proxy(ctx), WELL_KNOWN, ctx.secrets.milvusRootPassword)
    .catch((e: unknown) => {
      throw new Error(`the change was refused: ${messageOf(e)}`);
    });
  return (await state(ctx)) === "ours" ? undefined : "changed, and not yet in effect";
}

async function state(ctx: StepContext): Promise<"ours" | "fresh" | "open" | "unknown"> {
  const ours = await ctx.ports.milvus.accepts(proxy(ctx), ctx.secrets.milvusRootPassword);
  const wellKnown = await ctx.ports.milvus.accepts(proxy(ctx), WELL_KNOWN);
  if (ours) return wellKnown ? "open" : "ours";
  return wellKnown ? "fresh" : "unknown";
}

function proxy({ identity, spec }: StepContext): string {
  const me = spec.peers.find((p) => p.name === identity.name)!;
  return hostPort(me.address, spec.ports.milvus);
}
