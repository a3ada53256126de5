import type { FormStepKind } from "../plan/form";
import type { ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec } from "../spec/spec";

/** What goes over the wire between a daemon and the provider, the CLI or another daemon: JSON over TLS. */

/** `unjoined` → `forming` → `member` → `removed`. */
export type PeerState = "unjoined" | "forming" | "member" | "removed";

/** GET /health (open). */
export interface HealthReply {
  status: "ok" | "degraded";
  state: PeerState;
  /** Why it is degraded. */
  reason?: string;
}

/** GET /version (open). */
export interface VersionReply {
  version: string;
  node: string;
}

/** POST /form: idempotent; a second one with the same spec resumes at the first step that is not done. Sent to every peer. */
export interface FormRequest {
  spec: ClusterSpec;
  secrets: ClusterSecrets;
  /** Credentials of the image registry, where it wants any. */
  registryAuth?: { username: string; password: string };
}

export interface FormStepProgress {
  kind: FormStepKind;
  title: string;
  state: "pending" | "running" | "done" | "failed";
  /** ISO 8601, UTC. */
  startedAt?: string;
  endedAt?: string;
  /** What is being waited for right now, e.g. "etcd: 2 of 3 members answer". */
  detail?: string;
  error?: string;
}

/** GET /form, and the reply of POST /form (202): progress of this peer. */
export interface FormProgress {
  peer: string;
  state: "idle" | "running" | "failed" | "done";
  /** SHA-256 of the spec that is being formed; a POST with another one is refused (409). */
  specDigest?: string;
  steps: FormStepProgress[];
  error?: string;
}

export type ComponentHealth = "healthy" | "starting" | "unhealthy" | "stopped" | "missing";

export interface ComponentStatus {
  /** etcd, minio, pulsar, nginx, coord, proxy, querynode, datanode, indexnode … */
  name: string;
  health: ComponentHealth;
  image?: string;
  /** E.g. "leader" for etcd, "active: rootcoord, querycoord" for coordinators, "4/4 drives" for MinIO. */
  detail?: string;
}

export interface PeerStatus {
  name: string;
  address: string;
  reachable: boolean;
  state?: PeerState;
  daemonVersion?: string;
  components: ComponentStatus[];
  /** Why it could not be asked. */
  error?: string;
}

/** GET /status on any peer. */
export interface StatusReply {
  cluster?: { id: string; name: string; version: string; generation: number };
  /** Leader of the control plane; Milvus' own coordinators elect separately. */
  leader?: { peer: string; term: string };
  /** host:port of every peer's load balancer. */
  endpoints: string[];
  /** `ok`: everything healthy; `degraded`: serving, something is down; `down`: no etcd quorum, or no proxy. */
  health: "ok" | "degraded" | "down" | "unformed";
  peers: PeerStatus[];
}

/** POST /smoke: creates a collection, inserts, searches through every peer's load balancer, drops it. */
export interface SmokeReply {
  ok: boolean;
  checks: { name: string; ok: boolean; ms: number; detail?: string }[];
}

/** POST /teardown: stops and removes all containers of this peer; data goes only when asked. Idempotent. */
export interface TeardownRequest {
  deleteData: boolean;
}

/** Every error: RFC 9457 problem details. */
export interface ProblemReply {
  type: string;
  title: string;
  status: number;
  detail: string;
}
