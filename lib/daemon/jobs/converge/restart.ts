import { touchedByDrift } from "../../../plan/drift";
import { etcdClientUrl } from "../../../render";
import { peerOf } from "../../../spec/host";
import { MILVUS_SESSIONS } from "../../keys";
import { activeCoordinatorCount } from "../../status/sessions";
import { RECREATE_MS, recreate, reportComponents } from "../../tasks/converge";
import { problemOf } from "../types/attempt";
import { beginChange, goesBack } from "./claim";
import type { ChangeContext, ChangeExecutor } from "./context";
import { ServiceGate } from "./gate";

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
      await recreated(ctx, peer, service!);
      // Also when it was so already: a leader that has died may not have waited for this.
      await passed(ctx, gate, `after ${service} on ${peer}`);
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
    await passed(ctx, new ServiceGate(ctx), `after ${service}`);
  },
};

/** On the way back what is broken may be mended by a later step alone; the test at the end sees whether it was. */
export async function passed(ctx: ChangeContext, gate: ServiceGate, after: string): Promise<void> {
  if (!goesBack(ctx)) return gate.pass(after);
  const problem = await problemOf(ctx, () => gate.pass(after));
  if (problem !== undefined) ctx.log(`${problem}; the way back goes on`, "warn");
}

async function recreated(ctx: ChangeContext, peer: string, service: string): Promise<void> {
  const o = { deadlineMs: RECREATE_MS, signal: ctx.signal };
  const { to: spec, drift = [] } = ctx.params;
  // What it was started with is not to be seen from outside.
  const force = touchedByDrift(spec, drift).some((t) => t.peer === peer && t.service === service);
  const { changed, handover } = await ctx.tasks.run(
    peer,
    recreate,
    { spec, services: [service], force },
    { ...o, spec },
  );
  if (handover !== undefined) ctx.log(`${peer}: ${service}: ${handover}`);
  ctx.log(changed.length > 0 ? `${peer}: ${service} was made anew` : `${peer}: ${service} is so already`);
}

/**
 * Who is away goes first, so that no second one is; who others depend on right now goes last, so that there is one handover and
 * not one a peer.
 */
async function inOrder(ctx: ChangeContext, service: string, peers: readonly string[]): Promise<string[]> {
  const away = await Promise.all(peers.map((peer) => isAway(ctx, peer, service)));
  const weights = await WEIGHTS[service]?.(ctx, peers);
  const weight = (peer: string): number => (away[peers.indexOf(peer)] ? -1 : (weights?.get(peer) ?? 0));
  return [...peers].sort((a, b) => weight(a) - weight(b));
}

async function isAway(ctx: ChangeContext, peer: string, service: string): Promise<boolean> {
  const { components } = await ctx.tasks.run(peer, reportComponents, {}, { signal: ctx.signal });
  return components.find(({ name }) => name === service)?.health !== "healthy";
}

type Weigh = (ctx: ChangeContext, peers: readonly string[]) => Promise<Map<string, number>>;

const WEIGHTS: Readonly<Record<string, Weigh>> = {
  coord: async ({ ports, spec }, peers) => {
    const sessions = await ports.store.list(MILVUS_SESSIONS);
    return new Map(peers.map((peer) => [peer, activeCoordinatorCount(sessions, peerOf(spec, peer).address)]));
  },
  etcd: async ({ ports, spec }, peers) => {
    const leads = peers.map(async (peer): Promise<[string, number]> => {
      const url = etcdClientUrl(spec, peerOf(spec, peer));
      // One that does not answer leads nobody.
      const status = await ports.store.memberStatus(url).catch(() => undefined);
      return [peer, status?.isLeader ? 1 : 0];
    });
    return new Map(await Promise.all(leads));
  },
};
