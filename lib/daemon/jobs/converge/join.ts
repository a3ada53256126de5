import { etcdMemberName, etcdPeerUrl, type EtcdMember } from "../../../render";
import { hasEtcd } from "../../../spec/etcd";
import { hostPort, peerOf } from "../../../spec/host";
import type { PeerSpec } from "../../../spec/spec";
import type { EtcdMemberInfo } from "../../ports/membership";
import { beginEtcd, lookForEtcdData } from "../../tasks/membership";
import { RECREATE_MS, recreate, reportComponents } from "../../tasks/converge";
import { until } from "../../wait";
import { problemOf } from "../types/attempt";
import { beginChange } from "./claim";
import { onceSettled } from "./etcd-settled";
import { tryFromNewcomer } from "./reach";
import { isMember, type ChangeContext, type ChangeExecutor } from "./context";

/** Etcd first, for the peer's daemon asks it as soon as it knows the others. */
export const admit: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers }) => {
    await beginChange(ctx);
    const { to: spec } = ctx.params;
    const { cluster: secrets, ...others } = await ctx.secretsOf(spec);
    for (const name of peers) {
      const peer = peerOf(spec, name);
      await ctx.ports.membership.admit(name);
      await ctx.tasks.admit(peer, { spec, secrets, ...others }, ctx.signal);
      await tryFromNewcomer(ctx, name);
      if (hasEtcd(spec, peer) && !(await member(ctx, peer))) await refuseOldData(ctx, name);
    }
  },
};

/** For a database of 8 GiB, the most that etcd advises, over a slow line. */
const CATCH_UP_MS = 900_000;
/** A peer whose daemon is silent for so long will not catch up: a restart of the daemon takes seconds. */
const LOST_MS = 60_000;
const ANSWER_MS = 5_000;

export const joinEtcd: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers }) => {
    await beginChange(ctx);
    for (const name of peers) {
      const peer = peerOf(ctx.params.to, name);
      await added(ctx, peer);
      await begun(ctx, peer);
      await promoted(ctx, peer);
    }
  },
};

async function added(ctx: ChangeContext, peer: PeerSpec): Promise<void> {
  const { to: spec } = ctx.params;
  if (await member(ctx, peer)) return;
  await refuseOldData(ctx, peer.name);
  const url = etcdPeerUrl(spec, peer);
  await onceSettled(ctx, `a place for ${peer.name} in etcd`, () => ctx.ports.membership.addLearner(url));
}

/** No new member may begin with data of another life. */
async function refuseOldData(ctx: ChangeContext, name: string): Promise<void> {
  const { to: spec } = ctx.params;
  const o = { spec, signal: ctx.signal };
  const { path, holdsData } = await ctx.tasks.run(name, lookForEtcdData, { spec }, o);
  if (!holdsData) return;
  throw new Error(
    `${path} on ${name} holds data of another member: delete it there (milvus-onprem teardown --data) first`,
  );
}

async function begun(ctx: ChangeContext, peer: PeerSpec): Promise<void> {
  const { to: spec } = ctx.params;
  const own = etcdPeerUrl(spec, peer);
  const members = (await ctx.ports.membership.members()).flatMap((m): EtcdMember[] =>
    m.peerUrls.map((peerUrl) => ({ name: peerUrl === own ? etcdMemberName(peer) : m.name, peerUrl })),
  );
  await ctx.tasks.run(peer.name, beginEtcd, { spec, members }, { spec, signal: ctx.signal });
}

async function promoted(ctx: ChangeContext, peer: PeerSpec): Promise<void> {
  const { to: spec } = ctx.params;
  const { membership } = ctx.ports;
  const lost = new AbortController();
  const watch = silenceOf(ctx, peer, (reason) => lost.abort(reason));
  const look = async (): Promise<string | undefined> => {
    await watch();
    const found = await member(ctx, peer);
    if (!found) throw new Error(`${peer.name} is no member of etcd any more`);
    if (!found.isLearner && found.name !== "") return undefined;
    await membership.promote(found.id);
    return "it has its vote, and is looked at once more";
  };
  const what = `${peer.name} (${hostPort(peer.address, spec.ports.etcdPeer)}) in etcd`;
  await until(look, {
    what,
    deadlineMs: CATCH_UP_MS,
    everyMs: 1_000,
    signal: AbortSignal.any([ctx.signal, lost.signal]),
    onDetail: ctx.detail,
  });
  ctx.log(`${peer.name} is a member of etcd with a vote`);
}

/** Asks the peer's daemon at each look; told why once it has been silent for too long. */
function silenceOf(
  ctx: ChangeContext,
  { name }: PeerSpec,
  tell: (reason: Error) => void,
): () => Promise<void> {
  const o = { spec: ctx.params.to, deadlineMs: ANSWER_MS, signal: ctx.signal };
  let heardMs = performance.now();
  return async () => {
    const problem = await problemOf(ctx, () => ctx.tasks.run(name, reportComponents, {}, o));
    if (problem === undefined) heardMs = performance.now();
    else if (performance.now() - heardMs > LOST_MS)
      tell(
        new Error(
          `${problem}; it has been silent for ${LOST_MS / 1000} s while it was to catch up with etcd`,
        ),
      );
  };
}

async function member(
  { ports, params: { to } }: ChangeContext,
  peer: PeerSpec,
): Promise<EtcdMemberInfo | undefined> {
  return (await ports.membership.members()).find((found) => isMember(to, peer, found));
}

/** Everything that the peer has, at once: no load balancer leads there yet. */
export const start: ChangeExecutor = {
  isDone: async () => false,
  run: async (ctx, { peers, services = [] }) => {
    await beginChange(ctx);
    const { to: spec } = ctx.params;
    for (const name of peers) {
      const o = { spec, deadlineMs: RECREATE_MS, signal: ctx.signal };
      await ctx.tasks.run(name, recreate, { spec, services: [...services] }, o);
      ctx.log(`${name}: ${services.join(", ")} are healthy`);
    }
  },
};
