import type { z } from "zod";
import type { OwnCertificates } from "../certificates";
import type { DaemonConfig } from "../config";
import type { PeerSecrets } from "../secrets";
import type { Ports } from "../steps/step";
import type { FormRequest, StagedSecrets } from "../../api/wire";
import type { ClusterSpec, PeerAddress } from "../../spec/spec";
import type { TokenInForce } from "../token";
import type { MaintenanceMarks } from "../watchdog/marks";

/** Something that one peer does on behalf of a job, asked by the leader over POST /internal/tasks/{name}. Idempotent. */
export interface PeerTask<P = unknown, R = unknown> {
  readonly name: string;
  readonly params: z.ZodType<P>;
  run(params: P, ctx: TaskContext): Promise<R>;
}

export interface TaskContext {
  readonly config: DaemonConfig;
  readonly spec: ClusterSpec;
  readonly ports: Ports;
  /** Those that a spec goes by; throws while this peer has none of them. */
  readonly secrets: (spec: ClusterSpec) => Promise<PeerSecrets>;
  /** Keeps secrets that a change is to put in force. */
  readonly stage: (given: StagedSecrets) => Promise<void>;
  /** Forgets those of a change that was taken back, by their name. */
  readonly forget: (of: string) => Promise<void>;
  readonly marks: MaintenanceMarks;
  readonly token: TokenInForce;
  readonly certificates: OwnCertificates;
  /** Takes this peer out of the cluster, after what is under way has been answered. */
  readonly leave: () => void;
  readonly signal: AbortSignal;
}

/** Header that carries the term of the leader that asks; a peer refuses (409) one that is older than it has seen. */
export const TERM_HEADER = "milvus-onprem-term";

export interface TaskOptions {
  /** @default 120000 */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Spec that knows the peer. @default - the one in force */
  readonly spec?: ClusterSpec;
}

/** How the leader has tasks done, on itself too. */
export interface PeerTasks {
  /** Throws with the peer's name and the reason. */
  run<P, R>(peer: string, task: PeerTask<P, R>, params: P, o?: TaskOptions): Promise<R>;
  /** Hands a peer that is to join what members know, so that tasks can be done there. Idempotent. */
  admit(peer: PeerAddress, request: FormRequest, signal: AbortSignal): Promise<void>;
}
