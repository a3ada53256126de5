import { sameSpec } from "../spec/same";
import { sameSecrets } from "../spec/secrets";
import type { ClusterSpec, PeerSpec, Problem } from "../spec/spec";
import type { Drift } from "./drift";
import { refused } from "./refused";
import type { ChangeStep } from "./step";
import { givesUpMove } from "./moved";
import { backupStep } from "./steps/backup";
import { beginSteps } from "./steps/begin";
import { checkStep } from "./steps/check";
import { commitStep } from "./steps/commit";
import { emptySteps, keepSteps } from "./steps/empty";
import { grantStep } from "./steps/grant";
import { healStep } from "./steps/heal";
import { admitSteps, joinEtcdSteps, startSteps } from "./steps/join";
import { dismissSteps, leaveEtcdSteps, replacedInEtcdSteps, stopSteps } from "./steps/leave";
import { moveSteps } from "./steps/move";
import { portsStep } from "./steps/ports";
import { pullStep } from "./steps/pull";
import { reachStep } from "./steps/reach";
import { renewStep } from "./steps/renew";
import { restartSteps } from "./steps/restart";
import { revokeStep } from "./steps/revoke";
import { verifyStep } from "./steps/verify";
import { writeStep } from "./steps/write";
import { transition } from "./transition";
import { isSamePeer } from "./turnover";
import { warnings } from "./warnings";

export type { Drift } from "./drift";
export type { ChangeStep, ChangeStepKind, Effect, Impact } from "./step";

/** What it takes to bring a formed cluster to another spec. */
export interface Change {
  /** In the order in which they run; empty when nothing changes. */
  readonly steps: readonly ChangeStep[];
  /** Differences that cannot be applied; with any of them nothing is. */
  readonly refusals: readonly Problem[];
  /** What is legal and worth a second look. */
  readonly warnings: readonly Problem[];
}

/**
 * The steps from the spec in force to another one. The plan shows them and the leader executes them: one function.
 *
 * `unfinished` is what an earlier change was to lead to that has not ended: some containers may be as it wants them. `drift` is what
 * was found to be otherwise than `from` has it, and is mended along the way.
 */
export function planChange(
  from: ClusterSpec,
  to: ClusterSpec,
  unfinished?: ClusterSpec,
  drift: readonly Drift[] = [],
): Change {
  const refusals = refusalsOf(from, to, unfinished);
  const inForce = sameSpec(from, to) && unfinished === undefined;
  if (refusals.length > 0 || (inForce && drift.length === 0)) return { steps: [], refusals, warnings: [] };
  const t = transition(from, to, unfinished, drift);
  const moves = [...moveSteps(t), ...portsStep(t)];
  const restarts = restartSteps(t);
  const work = [
    ...[...reachStep(t), ...emptySteps(t)],
    ...[...renewStep(t), ...admitSteps(t), ...pullStep(t), ...beginSteps(t), ...backupStep(t)],
    ...[...replacedInEtcdSteps(t), ...joinEtcdSteps(t), ...grantStep(t), ...moves],
    ...[...restarts, ...startSteps(t), ...writeStep(t, [...moves, ...restarts]), ...healStep(t)],
    ...keepSteps(t),
    ...[...stopSteps(t), ...leaveEtcdSteps(t), ...dismissSteps(t), ...revokeStep(t)],
  ];
  // What is only recorded needs no whole cluster; secrets are handed out by the check.
  const guarded = work.length === 0 && sameSecrets(from, to) ? [] : [checkStep(t), ...work, verifyStep(t)];
  const steps = inForce ? guarded : [...guarded, commitStep(t)];
  return { steps, refusals, warnings: warnings(t, steps) };
}

/** The step of such a change that makes a backup, if it has one: without working out all others. */
export function backupOf(
  from: ClusterSpec,
  to: ClusterSpec,
  unfinished?: ClusterSpec,
): ChangeStep | undefined {
  return refusalsOf(from, to, unfinished).length > 0 ? undefined : backupStep({ from, to, unfinished })[0];
}

function refusalsOf(from: ClusterSpec, to: ClusterSpec, unfinished?: ClusterSpec): Problem[] {
  return [...refused(from, to), ...thirdWay(from, to, unfinished)];
}

/**
 * What has stopped half-way is ended first, one way or the other: a third spec would forget what it has touched. But a VM that was
 * coming may be gone for good, and another one come in its place: neither way could be gone to its end.
 */
function thirdWay(from: ClusterSpec, to: ClusterSpec, unfinished: ClusterSpec | undefined): Problem[] {
  if (unfinished === undefined || sameSpec(from, to) || sameSpec(unfinished, to)) return [];
  if (isStandIn(from, unfinished, to) || givesUpMove(from, unfinished, to)) return [];
  const message =
    "an earlier change has stopped half-way: apply what it was to lead to, or what was there before, and then this change";
  return [{ severity: "error", path: "", message }];
}

/** Whether all that differs is which VMs take places that others were about to take. */
function isStandIn(from: ClusterSpec, unfinished: ClusterSpec, to: ClusterSpec): boolean {
  const wasThere = (peer: PeerSpec): boolean => from.peers.some((p) => isSamePeer(p, peer));
  const peers = unfinished.peers.map((peer, i) => {
    const other = to.peers[i];
    if (other?.name !== peer.name || wasThere(peer) || wasThere(other)) return peer;
    return { ...peer, address: other.address, instance: other.instance };
  });
  return sameSpec({ ...unfinished, peers }, to);
}
