import { targetText } from "../spec/backups";
import { etcdPeers } from "../spec/etcd";
import { minioOf } from "../spec/pool";
import { pulsarHost } from "../spec/queue";
import { outsideEndpoints } from "../spec/outside";
import type { ClusterSpec } from "../spec/spec";
import { familyOf } from "../spec/version";
import { membersText } from "./members-text";
import { everyone } from "./names-text";
import { poolText } from "./summary";

/** Kinds of step that form a cluster, in the order in which they run. Each has one executor in lib/daemon/steps. */
export const FORM_STEP_KINDS = [
  "outside",
  "configure",
  "images",
  "start",
  "etcd",
  "etcdAccess",
  "storage",
  "storageAccess",
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
  const every = everyone(spec);
  const outside = [...outsideEndpoints(spec).map(({ name }) => name), ...share(spec)];
  const { etcdPrefixes } = familyOf(spec.version);
  return [
    ...(outside.length > 0 ? [onAll(spec, "outside", `reach ${outside.join(", ")} from ${every}`)] : []),
    onAll(spec, "configure", `write configuration on ${every}`),
    onAll(spec, "images", `pull images on ${every}`),
    onAll(spec, "start", `start all containers on ${every}, together`),
    onAll(spec, "etcd", `wait for etcd: ${membersText(etcdPeers(spec).length)}`),
    once(spec, "etcdAccess", `limit Milvus to ${etcdPrefixes.join(" and ")} in etcd`),
    ...storageSteps(spec),
    ...queueSteps(spec),
    onAll(spec, "milvus", `wait for Milvus ${spec.version} roles on ${every}`),
    ...(spec.security.authentication
      ? [once(spec, "credentials", "replace Milvus' well-known root password")]
      : []),
    once(spec, "commit", "record the cluster's spec as generation 1"),
  ];
}

function share(spec: ClusterSpec): string[] {
  return spec.backups?.target?.kind === "directory" ? [`the backups' share at ${targetText(spec)}`] : [];
}

function storageSteps(spec: ClusterSpec): FormStep[] {
  const storage = minioOf(spec);
  if (!storage) return [];
  return [
    onAll(spec, "storage", `wait for MinIO: ${poolText(spec, storage)}`),
    once(
      spec,
      "storageAccess",
      `make bucket ${storage.bucket} and a MinIO user for Milvus that sees no other`,
    ),
  ];
}

function queueSteps(spec: ClusterSpec): FormStep[] {
  const host = pulsarHost(spec);
  if (host === undefined) return [];
  return [{ ...onAll(spec, "queue", `wait for Pulsar on ${host}`), peers: [host] }];
}

function onAll({ peers }: ClusterSpec, kind: FormStepKind, title: string): FormStep {
  return { kind, title, peers: peers.map((p) => p.name), once: false };
}

function once(spec: ClusterSpec, kind: FormStepKind, title: string): FormStep {
  return { ...onAll(spec, kind, title), once: true };
}
