import { definitions } from "../../render";
import { etcdPeers } from "../../spec/etcd";
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
      t.from,
      peer,
      t.vanished.filter((v) => v.peer === peer).map(({ service }) => service),
    ),
  );
  const leaving = t.peers.left.map((peer) => {
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
    title: `stop ${services.join(", ")} on ${peer}: what they serve moves to other peers first`,
    why: [],
    peers: [peer],
    services,
    impact: worst(services.map((service) => restartImpact(spec, service))),
  };
}

/** The one that has the peer. */
function specWith({ from, unfinished }: Transition, peer: PeerSpec): ClusterSpec {
  return from.peers.some(({ name }) => name === peer.name) ? from : unfinished!;
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

export function leaveEtcdSteps({ to, members: { left } }: Transition): ChangeStep[] {
  const before = etcdPeers(to).length + left.length;
  return left.map(({ name }, i) => ({
    name: `leaveEtcd ${name}`,
    kind: "leaveEtcd",
    title: `take ${name} out of etcd: ${membersText(before - i - 1)}`,
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
