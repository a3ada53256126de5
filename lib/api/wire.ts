import type { Loaded } from "../plan/crowded";
import type { Drift } from "../plan/drift";
import type { FormStepKind } from "../plan/form";
import type { ClusterSecrets } from "../spec/secrets";
import type { BackupEngine, ClusterSpec } from "../spec/spec";

/** What goes over the wire between a daemon and the provider, the CLI or another daemon: JSON over TLS. */

/** `unjoined` → `forming` → `member` → `removed`. */
export type PeerState = "unjoined" | "forming" | "member" | "removed";

/** GET /health (open). */
export interface HealthReply {
  status: "ok" | "degraded";
  state: PeerState;
  /** Why it is degraded; never more than anybody may read. */
  reason?: string;
}

/** GET /ca (open): the certificate that the pin in a join token is checked against before the token is sent. */
export interface CaReply {
  certPem: string;
}

/** GET /leader. */
export interface LeaderReply {
  /** Nobody leads while there is no quorum, or for up to the TTL after a leader died. */
  leader?: { peer: string; address: string; term: string };
}

/** GET /spec: what is in force. */
export interface SpecReply {
  generation: number;
  digest: string;
  spec: ClusterSpec;
  /** Where a change leads that has touched the cluster and has not ended, and the job that was at it. */
  unfinished?: { job: string; spec: ClusterSpec };
}

/** GET /drift: what the peers found that is not as the spec in force has it. */
export interface DriftReply {
  /** Of the spec that was compared with. */
  generation: number;
  found: Drift[];
  /** Peers that could not look, each with the reason. */
  missing: { peer: string; reason: string }[];
}

/** GET /loaded: what users have loaded into Milvus. */
export interface LoadedReply {
  collections: Loaded[];
}

/** GET /certificates: requests (PKCS #10, PEM) for the keys of a peer and of its Milvus, and when what they have ends. */
export interface CertificateRequests {
  csrPem: string;
  milvusCsrPem: string;
  /** Certificate of the CA that is to sign them. */
  caPem: string;
  /** ISO 8601; of the one that ends first. */
  end: string;
  /** Less than a third of its life is left. */
  due: boolean;
}

/** PUT /certificates. */
export interface RenewedCertificates {
  certPem: string;
  milvusCertPem: string;
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
  /** Where alerts are posted; a secret, for such URLs often carry a key. */
  alertWebhookUrl?: string;
  /** Backup that is to be restored once the cluster is formed, or LATEST: without it in the target nothing is begun. */
  restoreFrom?: string;
  /**
   * Private key of the cluster CA, where the cluster was begun by `init`: its peers admit others themselves. Clusters made by
   * Terraform keep it in Terraform's state alone.
   */
  caKeyPem?: string;
}

/** POST /secrets, to the leader: other secrets, for a change that is to put them in force. Idempotent. */
export interface StagedSecrets {
  /** Names them; see secretsId. */
  of: string;
  cluster: ClusterSecrets;
}

/** GET /join, on the peer where `init` ran: what a VM needs to know before it may join. */
export interface JoinTerms {
  clusterId: string;
  clusterName: string;
  /** Of the cluster's daemons; whoever joins must run the same. */
  daemonVersion: string;
  daemonPort: number;
  dataRoot: string;
  /** Mount points of drives that a VM that joins must have. */
  mountPoints: string[];
  /** Data directories outside of `dataRoot` that it needs. */
  dataDirs: string[];
  /** Ports that must be free on a VM that joins. */
  requiredPorts: number[];
  /** Members that the cluster is formed of. */
  expected: number;
  /** Those that have joined so far. */
  peers: { name: string; address: string }[];
}

/** POST /join: idempotent for the same key. */
export interface JoinRequest {
  name: string;
  address: string;
  /** Certificate request (PKCS #10, PEM); the names in the certificate are the cluster's to decide. */
  csrPem: string;
  /** The same for Milvus on this VM, with a key of its own. */
  milvusCsrPem: string;
  daemonVersion: string;
  dataRoot: string;
  daemonPort: number;
  /** Clock of the VM when this was sent: milliseconds since 1970, UTC. */
  clockMs: number;
  hostname: string;
  machineId?: string;
}

/** The VM is a peer now; its daemon is waited for. */
export interface JoinReply {
  clusterId: string;
  certPem: string;
  milvusCertPem: string;
  expected: number;
  /** With the one that asks. */
  joined: number;
  /** What is worth a second look, e.g. clocks that differ. */
  warnings: string[];
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
  /** When the first of its certificates ends, ISO 8601. */
  certificatesEnd?: string;
  components: ComponentStatus[];
  /** Why it could not be asked. */
  error?: string;
}

/** All in bytes. */
export interface StorageCapacity {
  /** Size of the drives. */
  raw: number;
  /** What they hold beside the parity of it. */
  usable: number;
  /** Of `raw`, parity included. */
  used: number;
  available: number;
}

/** GET /status on any peer. */
export interface StatusReply {
  cluster?: { id: string; name: string; version: string; generation: number };
  /** Leader of the control plane; Milvus' own coordinators elect separately. */
  leader?: { peer: string; term: string };
  /** host:port of every peer's load balancer. */
  endpoints: string[];
  /** What a cluster that is not formed yet waits for, e.g. "2 of 3 peers have joined: run … on 1 more VM". */
  waitingFor?: string;
  /** What the layout survives, a line a layer; empty while there is no cluster. */
  resilience: string[];
  /** Of MinIO's drives that are online, in bytes; absent where objects are stored outside, or MinIO has not been asked yet. */
  capacity?: StorageCapacity;
  /** `ok`: everything healthy; `degraded`: serving, something is down; `down`: no etcd quorum, or no proxy; `stopped`: as somebody wanted. */
  health: "ok" | "degraded" | "down" | "stopped" | "unformed";
  peers: PeerStatus[];
}

/** Result of a `smoke` job: a collection is made, filled, searched through every peer's load balancer, and dropped. */
export interface SmokeResult {
  ok: boolean;
  checks: { name: string; ok: boolean; ms: number; detail?: string }[];
}

/** queued → running → succeeded | failed | cancelled. A job whose leader dies stays "running" and is taken over. */
export type JobState = "queued" | "running" | "succeeded" | "failed" | "cancelled";

export interface JobStepReport {
  name: string;
  title: string;
  state: "pending" | "running" | "done" | "failed";
  /** ISO 8601, UTC. */
  startedAt?: string;
  endedAt?: string;
  error?: string;
}

/** GET /jobs/{id}, and what etcd holds. */
export interface Job {
  /** Sorts by time of creation. */
  id: string;
  type: string;
  params: Record<string, unknown>;
  state: JobState;
  steps: JobStepReport[];
  /** 0 to 100. */
  progress: number;
  /** What is being done or waited for right now. */
  detail?: string;
  /** Leader that works on it, or did last. */
  owner?: { peer: string; term: string };
  /** How many leaders have worked on it. */
  attempts: number;
  createdAt: string;
  startedAt?: string;
  endedAt?: string;
  /** Last sign of life of its owner. */
  heartbeatAt?: string;
  /** Cancellation was asked for: it stops at the next safe point. */
  cancelRequested?: boolean;
  error?: string;
  /** What the type promises, e.g. where a snapshot lies. Never a secret. */
  result?: Record<string, unknown>;
  idempotencyKey?: string;
}

/** POST /jobs: 201 with the new job, or 200 with the one that the same idempotency key has made already. */
export interface JobRequest {
  type: string;
  params?: Record<string, unknown>;
  idempotencyKey?: string;
}

/** GET /jobs?state&type&limit&after: newest first. */
export interface JobPage {
  jobs: Job[];
  /** Give it as `after` for the next page; absent on the last. */
  next?: string;
}

/** GET /jobs/types. */
export interface JobTypeReply {
  types: {
    name: string;
    title: string;
    /** Jobs of types with the same lock run one at a time. */
    lock?: string;
    /** JSON Schema of `params`. */
    params: Record<string, unknown>;
  }[];
}

/**
 * One line of a job's log. GET /jobs/{id}/log is a stream of server-sent events: `id` = seq and event `line` with this; event
 * `end` with the Job once it has ended. `Last-Event-ID` (or `?after=`) resumes behind that line.
 */
export interface JobLogLine {
  seq: number;
  at: string;
  level: "info" | "warn" | "error";
  text: string;
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
  /** Finds the request in the daemon's log. */
  requestId?: string;
}

/** One backup in the object store. GET /backups lists them, newest first. */
export interface BackupSummary {
  name: string;
  /** `unfinished`: it is being made, or a job that made or deleted it has died. `damaged`: its manifest cannot be read. */
  state: "complete" | "unfinished" | "damaged";
  /** Of all its files. */
  bytes: number;
  createdAt?: string;
  engine?: BackupEngine;
  /** Version of Milvus that it was made of. */
  milvus?: string;
  collections?: number;
  rows?: number;
  /** Why it cannot be read. */
  problem?: string;
}

export interface BackupList {
  /** Where they lie. */
  target: string;
  backups: BackupSummary[];
}

/** GET /backups/{name}. */
export interface BackupReply {
  name: string;
  createdAt: string;
  engine: BackupEngine;
  cluster: { name: string; id: string; milvus: string; generation: number };
  /** What was acknowledged before `from` is in it, what was begun after `to` is not (UTC). */
  read: { from: string; to: string };
  /** Each with the time that its own rows are from. */
  collections: { name: string; rows: number; bytes: number; read: { from: string; to: string } }[];
}

/** PUT /backups/{name}/files/{path}: what was written there. */
export interface BackupFile {
  bytes: number;
  sha256: string;
}
