import type { z } from "zod";
import type { DaemonConfig } from "../config";
import type { StoredSecrets } from "../secrets";
import type { Ports } from "../steps/step";
import type { ClusterSpec } from "../../spec/spec";
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
  /** Throws while this peer has none. */
  readonly secrets: () => Promise<StoredSecrets>;
  readonly marks: MaintenanceMarks;
  readonly token: TokenInForce;
  readonly signal: AbortSignal;
}

/** Header that carries the term of the leader that asks; a peer refuses (409) one that is older than it has seen. */
export const TERM_HEADER = "milvus-onprem-term";

/** How the leader has tasks done, on itself too. */
export interface PeerTasks {
  /** Throws with the peer's name and the reason; `deadlineMs` @default 120000. */
  run<P, R>(
    peer: string,
    task: PeerTask<P, R>,
    params: P,
    o?: { deadlineMs?: number; signal?: AbortSignal },
  ): Promise<R>;
}
