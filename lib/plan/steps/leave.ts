import { definitions } from "../../render";
import type { ClusterSpec, PeerSpec } from "../../spec/spec";
import { restartImpact } from "../impact";
import { membersText } from "../members-text";
import { UNNOTICED, type ChangeStep, type Effect, type Impact } from "../step";
import type { Transition } from "../transition";
import { isSamePeer } from "../turnover";

/** etcd goes by a step of its own. */
const NOT_STOPPED = new Set(["etcd"]);

/** What is not wanted on a peer any more, and all of a peer that leaves. No load balancer leads there by then. */
export function stopSteps(t: Transition): ChangeStep[] {
  const staying = [...new Set(t.vanished.map(({ peer }) => peer))].map((peer) =>
    stop(
      t,
      peer,
      t.vanished.filter((v) => v.peer === peer).map(({ service }) => service),
    ),
  );
  const leaving = forGood(t).map((peer) => stop(t, peer.name, servicesOf(t, peer)));
  return [...staying, ...leaving].flatMap((step) => step ?? []);
}

function stop(t: Transition, peer: string, all: readonly string[]): ChangeStep | undefined {
  const services = [...new Set(all)].filter((service) => !NOT_STOPPED.has(service));
  if (services.length === 0) return undefined;
  return {
    name: `stop ${peer}`,
    kind: "stop",
    title: `stop ${services.join(", ")} on ${peer}: what they serve moves to other peers first`,
    why: [],
    peers: [peer],
    services,
    impact: worst(services.map((service) => restartImpact(t.from, service))),
  };
}

/** A VM whose place another one takes is gone: there is nothing left to do on it. */
function forGood({ to, peers }: Transition): readonly PeerSpec[] {
  return peers.left.filter(({ name }) => !to.peers.some((peer) => peer.name === name));
}

/** As the spec says that had the peer. */
function servicesOf({ from, unfinished }: Transition, peer: PeerSpec): string[] {
  const has = (spec: ClusterSpec): boolean => spec.peers.some((p) => isSamePeer(p, peer));
  return Object.keys(definitions(has(from) ? from : unfinished!, peer));
}

const RANK: readonly Effect[] = ["none", "stall", "stop"];

function worst(impacts: readonly Impact[]): Impact {
  const of = (kind: "reads" | "writes"): Effect =>
    impacts.reduce<Effect>((max, i) => (RANK.indexOf(i[kind]) > RANK.indexOf(max) ? i[kind] : max), "none");
  return {
    reads: of("reads"),
    writes: of("writes"),
    detail: impacts.find((i) => i.reads !== "none")?.detail ?? "",
  };
}

/** Before their places are taken: a dead member counts for the quorum all the same. */
export function replacedInEtcdSteps({ to, members }: Transition): ChangeStep[] {
  const replaced = members.left.filter(({ name }) =>
    to.peers.some((p) => p.name === name && isReplaced(p, members.left)),
  );
  return replaced.map((peer, i) => leaveEtcd(peer, members.before - i - 1));
}

export function leaveEtcdSteps(t: Transition): ChangeStep[] {
  const replaced = replacedInEtcdSteps(t).flatMap(({ peers }) => peers);
  const { before, joined, left } = t.members;
  const others = left.filter(({ name }) => !replaced.includes(name));
  return others.map((peer, i) => leaveEtcd(peer, before - replaced.length + joined.length - i - 1));
}

function isReplaced(peer: PeerSpec, left: readonly PeerSpec[]): boolean {
  return left.some((gone) => gone.name === peer.name && gone.address !== peer.address);
}

function leaveEtcd({ name, address }: PeerSpec, left: number): ChangeStep {
  const members = membersText(Math.max(1, left));
  return {
    name: `leaveEtcd ${name}`,
    kind: "leaveEtcd",
    title: `take ${name} (${address}) out of etcd: ${members}; roles that would know fewer than two of them start anew`,
    why: [],
    peers: [name],
    address,
    impact: UNNOTICED,
  };
}

export function dismissSteps(t: Transition): ChangeStep[] {
  return forGood(t).map(({ name }) => ({
    name: `dismiss ${name}`,
    kind: "dismiss",
    title: `let ${name} go: its containers are removed, its data stays on the VM`,
    why: [],
    peers: [name],
    impact: UNNOTICED,
  }));
}
