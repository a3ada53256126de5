import { hostPort, peerOf } from "../../../spec/host";
import { MILVUS_SESSIONS } from "../../keys";
import { activeCoordinatorCount } from "../../status/sessions";
import { HEALTHY_MS, recreate } from "../../tasks/converge";
import { beginChange } from "./claim";
import type { ChangeContext, ChangeExecutor } from "./context";
import { ServiceGate } from "./gate";

/** Stopping and making the container come before it. */
const PEER_MS = HEALTHY_MS + 200_000;

/** One container after the other; the next only when reads and writes work everywhere. */
export const restart: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers, service }) => {
    await beginChange(ctx);
    const gate = new ServiceGate(ctx);
    const order = await inOrder(ctx, service!, peers);
    for (const [i, peer] of order.entries()) {
      ctx.safePoint();
      ctx.detail(`${service} on ${peer}`);
      const changed = await recreated(ctx, peer, service!);
      if (changed) await gate.pass(`after ${service} on ${peer}`);
      ctx.progress((i + 1) / order.length);
    }
  },
};

/** All at once, for one alone would wait for the others. */
export const restartTogether: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers, service }) => {
    await beginChange(ctx);
    ctx.safePoint();
    await Promise.all(peers.map((peer) => recreated(ctx, peer, service!)));
    await new ServiceGate(ctx).pass(`after ${service}`);
  },
};

async function recreated(ctx: ChangeContext, peer: string, service: string): Promise<boolean> {
  const o = { deadlineMs: PEER_MS, signal: ctx.signal };
  const { to: spec } = ctx.params;
  const { changed } = await ctx.tasks.run(peer, recreate, { spec, services: [service] }, { ...o, spec });
  ctx.log(changed.length > 0 ? `${peer}: ${service} was made anew` : `${peer}: ${service} is so already`);
  return changed.length > 0;
}

/** Who others depend on right now goes last, so that there is one handover and not one a peer. */
async function inOrder(ctx: ChangeContext, service: string, peers: readonly string[]): Promise<string[]> {
  const weigh = WEIGHTS[service];
  if (!weigh) return [...peers];
  const weights = await weigh(ctx, peers);
  return [...peers].sort((a, b) => (weights.get(a) ?? 0) - (weights.get(b) ?? 0));
}

type Weigh = (ctx: ChangeContext, peers: readonly string[]) => Promise<Map<string, number>>;

const WEIGHTS: Readonly<Record<string, Weigh>> = {
  coord: async ({ ports, spec }, peers) => {
    const sessions = await ports.store.list(MILVUS_SESSIONS);
    return new Map(peers.map((peer) => [peer, activeCoordinatorCount(sessions, peerOf(spec, peer).address)]));
  },
  etcd: async ({ ports, spec }, peers) => {
    const leads = peers.map(async (peer): Promise<[string, number]> => {
      const url = `https://${hostPort(peerOf(spec, peer).address, spec.ports.etcdClient)}`;
      return [peer, (await ports.store.memberStatus(url)).isLeader ? 1 : 0];
    });
    return new Map(await Promise.all(leads));
  },
};
