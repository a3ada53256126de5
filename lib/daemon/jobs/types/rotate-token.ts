import { z } from "zod";
import { keys } from "../../keys";
import { Changed, type TokenRecord } from "../../store/records";
import { adoptToken, reportToken } from "../../tasks/adopt-token";
import { persist } from "../persist";
import type { JobContext, JobStep, JobType } from "../type";
import { problemOf } from "./attempt";

/** A peer that answers does so at once. */
const PEER_MS = 10_000;

const params = z.strictObject({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be the SHA-256 of the new token as 64 hex digits")
    .describe(
      "SHA-256 (hex) of the new token, which whoever asks has made and keeps: the token itself is never sent here",
    ),
});
type Params = z.infer<typeof params>;
type Context = JobContext<Params>;

/**
 * Puts another bearer token in force, on all peers at one moment: that of one write in etcd. The job succeeds if that write was
 * made, and fails if it was not, so its state tells which of the two tokens counts.
 */
export const rotateToken: JobType<Params> = {
  name: "rotate-token",
  title: "Put a new bearer token in force, and refuse the old one",
  params,
  lock: "token",
  steps: () => [check, replace],
};

const check: JobStep<Params> = {
  name: "check",
  title: "Ask every peer whether it is there",
  isDone: async (ctx) => (await inForce(ctx)) !== undefined,
  run: async (ctx) => {
    for (const { name } of ctx.spec.peers) {
      ctx.safePoint();
      const why = await problemOf(ctx, () =>
        ctx.tasks.run(name, reportToken, {}, { deadlineMs: PEER_MS, signal: ctx.signal }),
      );
      if (why !== undefined) ctx.log(`${why}; it learns of the new token when it returns`, "warn");
    }
  },
};

/** One step, not two: once the token is recorded, no cancellation can end the job as if it were not. */
const replace: JobStep<Params> = {
  name: "replace",
  title: "Record the new token, and see every peer go by it",
  isDone: async (ctx) => (await inForce(ctx)) !== undefined && ctx.result.generation !== undefined,
  run: async (ctx) => {
    ctx.safePoint();
    const record = await commit(ctx);
    ctx.log(`token generation ${record.generation} is in force`);
    const asked = await Promise.all(
      ctx.spec.peers.map(async ({ name }) => ({
        name,
        why: await problemOf(ctx, () => adopted(ctx, name, record)),
      })),
    );
    const pending = asked.flatMap(({ name, why }) => (why === undefined ? [] : [{ peer: name, why }]));
    for (const { why } of pending) {
      ctx.log(
        `not confirmed: ${why}; every peer learns of the token from etcd, at the latest when it starts`,
        "warn",
      );
    }
    const peers = asked.filter(({ why }) => why === undefined).map(({ name }) => name);
    await ctx.setResult({ generation: record.generation, peers, pending });
  },
};

/** Tries until it is known whether the write was made: an answer that was lost must not end the job either way. */
function commit(ctx: Context): Promise<TokenRecord> {
  const onProblem = (problem: string): void => ctx.detail(`etcd is asked again: ${problem}`);
  return persist(() => commitOnce(ctx), { signal: ctx.signal, onProblem });
}

async function commitOnce(ctx: Context): Promise<TokenRecord> {
  const { token } = await ctx.records.read();
  const { sha256 } = ctx.params;
  if (token?.value.sha256 === sha256) return token.value;
  const value: TokenRecord = { generation: (token?.value.generation ?? 0) + 1, sha256 };
  try {
    const key = keys(ctx.identity.clusterId).token;
    await ctx.records.commit([{ key, value, expected: token?.modRevision ?? "0" }]);
    return value;
  } catch (error) {
    const found = error instanceof Changed ? await inForce(ctx) : undefined;
    if (!found) throw error;
    return found;
  }
}

/** Has a peer go by the recorded token. Once is enough: one that is away learns of it from etcd when it returns. */
async function adopted(ctx: Context, peer: string, { generation, sha256 }: TokenRecord): Promise<void> {
  await ctx.tasks.run(peer, adoptToken, { generation, sha256 }, { deadlineMs: PEER_MS, signal: ctx.signal });
}

/** The record in etcd, if it is this job's token. */
async function inForce(ctx: Context): Promise<TokenRecord | undefined> {
  const { token } = await ctx.records.read();
  return token?.value.sha256 === ctx.params.sha256 ? token.value : undefined;
}
