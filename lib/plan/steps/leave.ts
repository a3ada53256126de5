import { definitions } from "../../render";
import type { ClusterSpec, PeerSpec } from "../../spec/spec";
import { restartImpact } from "../impact";
import { membersText } from "../members-text";
import { UNNOTICED, type ChangeStep, type Effect, type Impact } from "../step";
import type { Transition } from "../transition";

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
  const leaving = t.peers.left.map((peer) => stop(t, peer.name, servicesOf(t, peer)));
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

/** As the spec says that had the peer. */
function servicesOf({ from, unfinished }: Transition, peer: PeerSpec): string[] {
  const has = (spec: ClusterSpec): boolean => spec.peers.some(({ name }) => name === peer.name);
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

export function leaveEtcdSteps({ members }: Transition): ChangeStep[] {
  const before = members.before + members.joined.length;
  return members.left.map(({ name }, i) => ({
    name: `leaveEtcd ${name}`,
    kind: "leaveEtcd",
    title: `take ${name} out of etcd: ${membersText(Math.max(1, before - i - 1))}; roles that would know fewer than two of them start anew`,
    why: [],
    peers: [name],
    impact: UNNOTICED,
  }));
}

export function dismissSteps({ peers }: Transition): ChangeStep[] {
  return peers.left.map(({ name }) => ({
    name: `dismiss ${name}`,
    kind: "dismiss",
    title: `let ${name} go: its containers are removed, its data stays on the VM`,
    why: [],
    peers: [name],
    impact: UNNOTICED,
  }));
}
