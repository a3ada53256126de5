import { peerServices } from "../../render";
import { targetText } from "../../spec/backups";
import type { PeerSpec } from "../../spec/spec";
import { UNNOTICED, type ChangeStep } from "../step";
import { membersChange } from "../members-text";
import { membersBefore, replacedInEtcdSteps } from "./leave";
import type { Transition } from "../transition";

/** New peers learn what members know, and are let into etcd: all that follows is done there by their own daemons. */
export function admitSteps({ to, peers }: Transition): ChangeStep[] {
  const tried = to.backups?.target ? `, and write to ${targetText(to)} from there` : "";
  return peers.joined.map((peer) => ({
    ...of(peer, "admit"),
    kind: "admit",
    title: `hand ${peer.name} (${peer.address}) what members of the cluster know${tried}`,
  }));
}

/** One after the other, for each must have caught up before the next one is added. */
export function joinEtcdSteps(t: Transition): ChangeStep[] {
  const before = membersBefore(t) - replacedInEtcdSteps(t).length;
  return t.members.joined.map((peer, i) => ({
    ...of(peer, "joinEtcd"),
    kind: "joinEtcd",
    title: `add ${peer.name} to etcd, with a vote once it has caught up: ${membersChange(before + i, before + i + 1)}`,
  }));
}

export function startSteps({ to, peers }: Transition): ChangeStep[] {
  return peers.joined.map((peer) => {
    const services = Object.keys(peerServices(to, peer));
    return {
      ...of(peer, "start"),
      kind: "start",
      title: `start ${services.join(", ")} on ${peer.name}`,
      services,
    };
  });
}

function of({ name }: PeerSpec, kind: string): Pick<ChangeStep, "name" | "why" | "peers" | "impact"> {
  return { name: `${kind} ${name}`, why: [], peers: [name], impact: UNNOTICED };
}
