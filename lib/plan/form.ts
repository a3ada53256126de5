import type { ClusterSpec } from "../spec/spec";
import { familyOf } from "../spec/version";
import { count, poolLayout } from "./summary";

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
  const step = (kind: FormStepKind, title: string, peers = all): FormStep => ({
    kind,
    title,
    peers,
    once: false,
  });
  const once = (kind: FormStepKind, title: string): FormStep => ({ ...step(kind, title), once: true });
  const { queue } = familyOf(spec.version);
  return [
    step("configure", `write configuration on ${every}`),
    step("images", `pull images on ${every}`),
    step("start", `start all containers on ${every}, together`),
    step(
      "etcd",
      `wait for etcd: ${count(all.length, "member")}, quorum of ${Math.floor(all.length / 2) + 1}`,
    ),
    step("storage", `wait for MinIO: ${poolTitle(spec)}`),
    ...(queue ? [step("queue", `wait for Pulsar on ${spec.queue.host}`, [spec.queue.host])] : []),
    step("milvus", `wait for Milvus ${spec.version} roles on ${every}`),
    once("credentials", "replace Milvus' well-known root password"),
    once("commit", "record the cluster's spec as generation 1"),
  ];
}

function poolTitle(spec: ClusterSpec): string {
  const { peers, drivesPerPeer } = spec.storage;
  const { parity, hostsLostForWrites } = poolLayout(spec);
  return (
    `one pool of ${peers.length} peers x ${count(drivesPerPeer, "drive")}, parity ${parity}; ` +
    `reads and writes survive the loss of ${count(hostsLostForWrites, "peer")}`
  );
}
