/**
 * Kinds of step that change a formed cluster. Each has one executor in lib/daemon/jobs/converge.
 * `restart`: one container after the other. `restartTogether`: all of a service at once.
 */
export const CHANGE_STEP_KINDS = [
  "check",
  "reach",
  "admit",
  "renew",
  "pull",
  "backup",
  "joinEtcd",
  "grant",
  "beginPulsar",
  "movePulsar",
  "movePorts",
  "restart",
  "restartTogether",
  "start",
  "write",
  "heal",
  "emptyPool",
  "keepPool",
  "revoke",
  "stop",
  "leaveEtcd",
  "dismiss",
  "verify",
  "commit",
] as const;

export type ChangeStepKind = (typeof CHANGE_STEP_KINDS)[number];

/** One thing that is done to a formed cluster. */
export interface ChangeStep {
  /** Tells it from the other steps of a change, e.g. "restart querynode". */
  readonly name: string;
  readonly kind: ChangeStepKind;
  /** One line for a person: what will happen, where, and why. */
  readonly title: string;
  /** What differs, a line a difference; empty where the step is there for the others' sake. */
  readonly why: readonly string[];
  /** Names of the peers that take part, in order. */
  readonly peers: readonly string[];
  /** What is made anew by a restart. */
  readonly service?: string;
  /** What is started, or stopped, on each of the peers. */
  readonly services?: readonly string[];
  /** Where the peer was that goes. */
  readonly address?: string;
  /** Whether data is backed up as well as etcd. */
  readonly data?: boolean;
  /** Whether nginx reads its configuration again. */
  readonly reload?: boolean;
  readonly impact: Impact;
  /** What putting the old values back does not bring back; undefined: the step can be reversed. */
  readonly irreversible?: string;
}

/** What clients notice while a step runs. */
export interface Impact {
  readonly reads: Effect;
  readonly writes: Effect;
  /** A clause for a person; empty where nothing is noticed. */
  readonly detail: string;
}

/** `stall`: calls wait for seconds, and succeed by the usual retries. `stop`: none is served for a while. */
export type Effect = "none" | "stall" | "stop";

export const UNNOTICED: Impact = { reads: "none", writes: "none", detail: "" };
