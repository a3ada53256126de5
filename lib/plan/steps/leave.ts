import { definitions } from "../../render";
import { etcdPeers } from "../../spec/etcd";
import type { ClusterSpec, PeerSpec } from "../../spec/spec";
import { restartImpact } from "../impact";
import { membersChange } from "../members-text";
import { movesPulsar } from "../moved";
import { UNNOTICED, type ChangeStep, type Effect, type Impact } from "../step";
import type { Transition } from "../transition";
import { isSamePeer, takesPlace } from "../turnover";

/** etcd goes by a step of its own. */
const NOT_STOPPED = new Set(["etcd"]);

/** MinIO runs without the nodes of a pool before they are stopped. */
const VACATED = "minio";

/** What is not wanted on a peer any more, and all of a peer that leaves. No load balancer leads there by then. */
export function stopSteps(t: Transition): ChangeStep[] {
  const vanished = t.vanished.filter(({ service }) => service !== "pulsar" || !movesPulsar(t));
  const staying = [...new Set(vanished.map(({ peer }) => peer))].map((peer) =>
    stop(
      t.from,
      peer,
      vanished.filter((v) => v.peer === peer).map(({ service }) => service),
    ),
  );
  const leaving = forGood(t).map((peer) => {
    const spec = specWith(t, peer);
    return stop(spec, peer.name, Object.keys(definitions(spec, peer)));
  });
  return [...staying, ...leaving].flatMap((step) => step ?? []);
}

function stop(spec: ClusterSpec, peer: string, all: readonly string[]): ChangeStep | undefined {
  const services = [...new Set(all)].filter((service) => !NOT_STOPPED.has(service));
  if (services.length === 0) return undefined;
  return {
    name: `stop ${peer}`,
    kind: "stop",
    title: `stop ${services.join(", ")} on ${peer}: ${isVacated(services) ? "MinIO runs without it" : "what they serve moves to other peers first"}`,
    why: [],
    peers: [peer],
    services,
    impact: worst(services.filter((s) => s !== VACATED).map((service) => restartImpact(spec, service))),
  };
}

function isVacated(services: readonly string[]): boolean {
  return services.every((service) => service === VACATED);
}

/** A VM whose place another one takes is gone: there is nothing left to do on it. */
function forGood({ to, peers }: Transition): readonly PeerSpec[] {
  return peers.left.filter(({ name }) => !to.peers.some((peer) => peer.name === name));
}

/** The one that has the peer. */
function specWith({ from, unfinished }: Transition, peer: PeerSpec): ClusterSpec {
  return from.peers.some((p) => isSamePeer(p, peer)) ? from : unfinished!;
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

/**
 * Before their places are taken: a dead member counts for the quorum all the same. Where a VM that was to take a place has died too, both
 * go in one step: one of them at most is a member.
 */
export function replacedInEtcdSteps(t: Transition): ChangeStep[] {
  const { left } = t.members;
  const places = t.to.peers.filter((peer) => takesPlace(peer, left));
  const before = membersBefore(t);
  return places.map(({ name }, i) => {
    const vms = left.filter((peer) => peer.name === name);
    const addresses = [...new Set(vms.map(({ address }) => address))].join(" and ");
    return leaveEtcd(vms[0]!, before - i - 1, `${name} at ${addresses}`);
  });
}

/** Members of etcd before any comes or goes: a place counts once, whoever was to take it. */
export function membersBefore({ to, members: { joined, left } }: Transition): number {
  return etcdPeers(to).length + new Set(left.map(({ name }) => name)).size - joined.length;
}

export function leaveEtcdSteps(t: Transition): ChangeStep[] {
  const replaced = replacedInEtcdSteps(t).flatMap(({ peers }) => peers);
  const others = t.members.left.filter(({ name }) => !replaced.includes(name));
  const before = etcdPeers(t.to).length + others.length;
  return others.map((peer, i) => leaveEtcd(peer, before - i - 1));
}

function leaveEtcd({ name, address }: PeerSpec, left: number, who = name): ChangeStep {
  return {
    name: `leaveEtcd ${name}`,
    kind: "leaveEtcd",
    title: `take ${who} out of etcd: ${membersChange(left + 1, left)}`,
    why: [],
    peers: [name],
    address,
    impact: {
      reads: "stall",
      writes: "stall",
      detail: "only where roles of Milvus would know fewer than two members: those start anew, one at a time",
    },
    irreversible: `the member at ${address}: it can join as a new one, without its data of etcd`,
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
