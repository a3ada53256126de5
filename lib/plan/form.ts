import type { ClusterSpec } from "../spec/spec";

/** Kinds of step that form a cluster, in the order in which they run. Each has one executor in lib/daemon/steps. */
export const FORM_STEP_KINDS = [
  "configure",
  "images",
  "start",
  "etcd",
  "storage",
  "queue",
  "milvus",
  "credentials",
  "commit",
] as const;

export type FormStepKind = (typeof FORM_STEP_KINDS)[number];

export interface FormStep {
  readonly kind: FormStepKind;
  /** One line for a person: what will happen, and where. */
  readonly title: string;
  /** Names of the peers that take part. */
  readonly peers: readonly string[];
  /** Done by the leader alone; the other peers wait until the cluster's spec is committed. */
  readonly once: boolean;
}

/**
 * The steps that form a cluster from nothing. The plan shows them and every daemon executes them: one function.
 * A cold start is all at once: containers start together on every peer, then each layer is awaited in turn.
 */
export function formSteps(spec: ClusterSpec): FormStep[] {
  const all = spec.peers.map((p) => p.name);
  const every = all.join(", ");
  const pool = spec.storage.peers;
  const steps: FormStep[] = [
    { kind: "configure", title: `write configuration on ${every}`, peers: all, once: false },
    { kind: "images", title: `pull images on ${every}`, peers: all, once: false },
    { kind: "start", title: `start all containers on ${every}, together`, peers: all, once: false },
    { kind: "etcd", title: `wait for etcd: ${all.length} members, quorum`, peers: all, once: false },
    {
      kind: "storage",
      title: `wait for MinIO: one pool of ${pool.length} peers x ${spec.storage.drivesPerPeer} drives, write quorum`,
      peers: all,
      once: false,
    },
    { kind: "queue", title: `wait for Pulsar on ${spec.queue.host}`, peers: [spec.queue.host], once: false },
    { kind: "milvus", title: `wait for Milvus ${spec.version} roles on ${every}`, peers: all, once: false },
    { kind: "credentials", title: "replace Milvus' well-known root password", peers: all, once: true },
    { kind: "commit", title: "record the cluster's spec as generation 1", peers: all, once: true },
  ];
  return steps;
}
