import { randomUUID } from "node:crypto";
import { mayDiffer, withWord } from "../../backups/shared";
import { probeBackups } from "../../tasks/probe-backups";
import { problemOf } from "../types/attempt";
import { messageOf } from "../../wait";
import { steadyPeers, type ChangeContext, type ChangeExecutor } from "./context";

/** Four requests of a minute each at most. */
const PROBE_MS = 300_000;

/** From every peer, for whoever leads then makes the backups. Those that are to join are tried once they are admitted. */
export const reach: ChangeExecutor = {
  isDone: async () => false,
  run: (ctx) =>
    tryFrom(
      ctx,
      steadyPeers(ctx.params).map(({ name }) => name),
    ),
};

/**
 * Throws when a newcomer cannot make backups, for it may lead one day. A target that does not answer the leader either says nothing
 * about the newcomer, and keeps nobody from taking the place of a lost peer.
 */
export async function tryFromNewcomer(ctx: ChangeContext, name: string): Promise<void> {
  const { to: spec } = ctx.params;
  if (!spec.backups?.target) return;
  const problem = await problemOf(ctx, () => probe(ctx, ctx.identity.name));
  if (problem === undefined) return tryFrom(ctx, [name]);
  ctx.log(`whether ${name} can make backups is not known: ${problem}. Try it once that is mended`, "warn");
}

async function tryFrom(ctx: ChangeContext, peers: readonly string[]): Promise<void> {
  const { to } = ctx.params;
  if (!mayDiffer(to)) return fromEach(ctx, peers);
  const target = ctx.ports.backups.target(to, (await ctx.secretsOf(to)).cluster, { patienceMs: 0 });
  const written = { peer: ctx.identity.name, word: randomUUID() };
  await withWord(target, written, ctx.signal, () => fromEach(ctx, peers, written));
}

interface Word {
  readonly peer: string;
  readonly word: string;
}

async function fromEach(ctx: ChangeContext, peers: readonly string[], written?: Word): Promise<void> {
  // All of them, to their end: a probe that outlives the job would be found in the target by whoever looks next.
  const tried = await Promise.allSettled(peers.map((peer) => probe(ctx, peer, written)));
  const refused = tried.flatMap((t) => (t.status === "rejected" ? [messageOf(t.reason)] : []));
  if (refused.length > 0) throw new Error(refused.join("; "));
  ctx.log(`backups can be written, read and deleted there from ${peers.join(", ")}`);
}

async function probe({ params, tasks, signal }: ChangeContext, peer: string, written?: Word): Promise<void> {
  const { to: spec } = params;
  await tasks.run(peer, probeBackups, { spec, written }, { spec, deadlineMs: PROBE_MS, signal });
}
