import { awayPulsarHost } from "../../../plan/moved";
import { isSamePeer } from "../../../plan/turnover";
import type { ChangeStep, Drift } from "../../../plan/change";
import { etcdMemberName, etcdPeerUrl } from "../../../render";
import type { ClusterSpec, PeerSpec } from "../../../spec/spec";
import type { EtcdMemberInfo } from "../../ports/membership";
import type { JobContext } from "../type";

/** What a change is: all of it was in the plan that somebody has seen. */
export interface ChangeParams {
  /** The spec that was in force when the change was planned. */
  readonly from: ClusterSpec;
  readonly to: ClusterSpec;
  /** What an earlier change that had not ended was to lead to. */
  readonly unfinished?: ClusterSpec;
  /** What was found to be otherwise than `from` has it, and is mended along the way. */
  readonly drift?: readonly Drift[];
}

/** Peers that were there before, stay, and were not about to leave: they are there and whole at every moment of the change. */
export function steadyPeers({ from, to, unfinished }: ChangeParams): PeerSpec[] {
  const others = unfinished ? [to, unfinished] : [to];
  const away = awayPulsarHost({ from, to })?.name;
  return from.peers.filter(
    (peer) =>
      peer.name !== away && others.every(({ peers }) => peers.some((other) => isSamePeer(other, peer))),
  );
}

/** Whether a member of etcd is that of this very VM: one that has not started has no name yet, and only a new one has not. */
export function isMember(spec: ClusterSpec, peer: PeerSpec, { name, peerUrls }: EtcdMemberInfo): boolean {
  return peerUrls.includes(etcdPeerUrl(spec, peer)) && (name === "" || name === etcdMemberName(peer));
}

export type ChangeContext = JobContext<ChangeParams>;

/** How one kind of step is carried out. Called again after a failure, or a change of the leader, at any point. */
export interface ChangeExecutor {
  isDone(ctx: ChangeContext, step: ChangeStep): Promise<boolean>;
  run(ctx: ChangeContext, step: ChangeStep): Promise<void>;
}
