import type { z } from "zod";
import type { ClusterSpec } from "../../spec/spec";
import type { PeerIdentity } from "../../spec/identity";
import type { PeerSecrets } from "../secrets";
import type { Ports } from "../steps/step";
import type { Records } from "../store/records";
import type { PeerTasks } from "../tasks/task";

export type JobLock = "topology" | "token" | "etcd-snapshots" | "backups" | "maintenance" | "smoke";

/**
 * One kind of job. Its steps are run by the leader in order; when the leader dies, its successor goes on at the first step
 * that is not done. So `run` may be called again after a crash at any point.
 */
export interface JobType<P = unknown> {
  readonly name: string;
  /** One line for a person. */
  readonly title: string;
  readonly params: z.ZodType<P>;
  /** Jobs whose types have the same lock run one at a time, oldest first. @default - runs beside all others */
  readonly lock?: JobLock;
  /** Locks that some of these jobs hold as well, from their beginning: one that does the work of others. */
  alsoLocks?(params: P): readonly JobLock[];
  steps(params: P, spec: ClusterSpec): readonly JobStep<P>[];
}

export interface JobStep<P = unknown> {
  readonly name: string;
  readonly title: string;
  /** Whether its outcome is there already, whoever brought it about. Asked before each run. */
  isDone(ctx: JobContext<P>): Promise<boolean>;
  run(ctx: JobContext<P>): Promise<void>;
}

export interface JobContext<P = unknown> {
  readonly jobId: string;
  readonly params: P;
  readonly spec: ClusterSpec;
  readonly identity: PeerIdentity;
  readonly secrets: PeerSecrets;
  /** Those that another spec goes by, which a change may have been given. */
  readonly secretsOf: (spec: ClusterSpec) => Promise<PeerSecrets>;
  readonly ports: Ports;
  readonly records: Records;
  /** What other peers (and this one) do for the job. */
  readonly tasks: PeerTasks;
  /** Gives leadership up, so that another peer goes on with the job. Throws NotLeader. */
  handOver(): Promise<void>;
  /** Fires when leadership is lost, the daemon stops, or the job is cancelled at a safe point. */
  readonly signal: AbortSignal;
  /** One line of the job's log; secrets are taken out. */
  log(text: string, level?: "info" | "warn" | "error"): void;
  /** What is being done or waited for right now. */
  detail(text: string): void;
  /** Part of this step that is done, 0 to 1. */
  progress(part: number): void;
  /** Members of the job's result so far; kept over a takeover. */
  readonly result: Readonly<Record<string, unknown>>;
  setResult(members: Record<string, unknown>): Promise<void>;
  /** A safe point: throws when cancellation was asked for. */
  safePoint(): void;
}
