import { randomUUID } from "node:crypto";
import { mayDiffer, withWord } from "../../backups/shared";
import { probeBackups } from "../../tasks/probe-backups";
import { messageOf } from "../../wait";
import { steadyPeers, type ChangeContext, type ChangeExecutor } from "./context";

/** Four requests of a minute each at most. */
const PROBE_MS = 300_000;

/** From every peer, for whoever leads then makes the backups. Those that are to join look for themselves. */
export const reach: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx) => {
    const { to } = ctx.params;
    if (!mayDiffer(to)) return fromEveryPeer(ctx);
    const target = ctx.ports.backups.target(to, (await ctx.secretsOf(to)).cluster, { patienceMs: 0 });
    const written = { peer: ctx.identity.name, word: randomUUID() };
    await withWord(target, written, ctx.signal, () => fromEveryPeer(ctx, written));
  },
};

async function fromEveryPeer(
  { params, tasks, signal, log }: ChangeContext,
  written?: { peer: string; word: string },
): Promise<void> {
  const o = { deadlineMs: PROBE_MS, signal };
  const peers = steadyPeers(params).map(({ name }) => name);
  // All of them, to their end: a probe that outlives the job would be found in the target by whoever looks next.
  const tried = await Promise.allSettled(
    peers.map((peer) => tasks.run(peer, probeBackups, { spec: params.to, written }, o)),
  );
  const refused = tried.flatMap((t) => (t.status === "rejected" ? [messageOf(t.reason)] : []));
  if (refused.length > 0) throw new Error(refused.join("; "));
  log(`backups can be written, read and deleted there from ${peers.join(", ")}`);
}
