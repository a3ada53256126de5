import { etcdPeerUrl } from "../../../render";
import type { ClusterSpec, PeerSpec } from "../../../spec/spec";
import { isSamePeer } from "../../../plan/turnover";
import type { EtcdMemberInfo } from "../../ports/membership";
import { NotLeader } from "../../store/records";
import { MOVE_MS } from "../../tasks/hand-over";
import { dismissPeer, stopServices } from "../../tasks/membership";
import { problemOf } from "../types/attempt";
import { beginChange } from "./claim";
import { renewKnowledge } from "./etcd-known";
import { onceSettled } from "./etcd-settled";
import { isMember, steadyPeers, type ChangeContext, type ChangeExecutor } from "./context";
import { ServiceGate } from "./gate";

/** All grace periods of a peer, one after the other, once others serve what its query node did. */
const STOP_MS = 300_000 + MOVE_MS;

/** One service after the other, so that each hands over to whole ones elsewhere. A peer that leaves may be gone already. */
export const stop: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers: [name], services = [] }) => {
    await leaveItToOthers(ctx, name!);
    await beginChange(ctx);
    ctx.safePoint();
    const o = { spec: specWith(ctx, name!), deadlineMs: STOP_MS, signal: ctx.signal };
    const work = async (): Promise<void> => {
      const params = { services: [...services], handOver: true };
      const { handover } = await ctx.tasks.run(name!, stopServices, params, o);
      if (handover !== undefined) ctx.log(`${name}: querynode: ${handover}`);
    };
    if (leaves(ctx, name!)) await tolerated(ctx, name!, work);
    else await work();
    await new ServiceGate(ctx).pass(`without ${services.join(", ")} on ${name}`);
  },
};

export const leaveEtcd: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers: [name], address }) => {
    await leaveItToOthers(ctx, name!);
    await beginChange(ctx);
    const { to } = ctx.params;
    const url = etcdPeerUrl(to, { address: address! });
    const { membership } = ctx.ports;
    // Where another VM has its place, that one may be a member already.
    const successor = peerIn(to, name!);
    const stays = successor !== undefined && steadyPeers(ctx.params).some((p) => isSamePeer(p, successor));
    const isOther = (m: EtcdMemberInfo): boolean => !stays && !!successor && isMember(to, successor, m);
    const isEarlier = (m: EtcdMemberInfo): boolean => !stays && !!successor && isForgotten(ctx, successor, m);
    const gone = (await membership.members()).filter(
      (m) => (m.peerUrls.includes(url) && !isOther(m)) || isEarlier(m),
    );
    for (const { id } of gone) await onceSettled(ctx, `an etcd without ${name}`, () => membership.remove(id));
    if (stays) await ctx.tasks.run(name!, stopServices, { services: ["etcd"] }, { signal: ctx.signal });
    ctx.log(`${name} (${address}) is no member of etcd any more`);
    await renewKnowledge(ctx);
  },
};

/** Whether a member is that of a VM which has, or was to have, this peer's place and is not to have it any more. */
function isForgotten(
  { params }: ChangeContext,
  successor: PeerSpec,
  { name, peerUrls }: EtcdMemberInfo,
): boolean {
  const { from, to, unfinished = to } = params;
  const others = [from, to, unfinished].flatMap(({ peers }) =>
    peers.filter((p) => p.name !== successor.name),
  );
  const isOwn = name === "" || name === successor.name || name.startsWith(`${successor.name}.`);
  return isOwn && ![...others, successor].some((peer) => peerUrls.includes(etcdPeerUrl(to, peer)));
}

/** Told first, and then kept from asking etcd: it could not be told any more. */
export const dismiss: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers: [name] }) => {
    await leaveItToOthers(ctx, name!);
    await beginChange(ctx);
    const o = { spec: specWith(ctx, name!), signal: ctx.signal };
    await tolerated(ctx, name!, () => ctx.tasks.run(name!, dismissPeer, {}, o));
    await ctx.ports.membership.expel(name!);
  },
};

/** A VM that is gone for good is why some peers leave. */
async function tolerated(ctx: ChangeContext, name: string, work: () => Promise<unknown>): Promise<void> {
  const problem = await problemOf(ctx, work);
  if (problem !== undefined) ctx.log(`${name} leaves all the same: ${problem}`, "warn");
}

/** A leader cannot take itself out. */
async function leaveItToOthers(ctx: ChangeContext, name: string): Promise<void> {
  if (ctx.identity.name !== name || !leaves(ctx, name)) return;
  ctx.log(`${name} leads, and leaves: another peer goes on`);
  await ctx.handOver();
  throw new NotLeader(`${name} has handed over to whoever leads next`);
}

function leaves({ params: { to } }: ChangeContext, name: string): boolean {
  return peerIn(to, name) === undefined;
}

/** The one that knows the peer: it may have been about to join. */
function specWith({ params: { from, to, unfinished } }: ChangeContext, name: string): ClusterSpec {
  const found = [from, to, unfinished].find((spec) => spec && peerIn(spec, name));
  if (!found) throw new Error(`no spec of this change has a peer "${name}"`);
  return found;
}

function peerIn({ peers }: ClusterSpec, name: string): PeerSpec | undefined {
  return peers.find((peer) => peer.name === name);
}
