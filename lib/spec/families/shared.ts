import type { QueueKind } from "./family";

/** Queues that are no part of Milvus; every line speaks to them. In the order of preference. */
export const OUTSIDE_MILVUS: readonly QueueKind[] = ["pulsarSingleton", "externalPulsar", "externalKafka"];

/** Where Milvus keeps its metadata in etcd: its default etcd.rootPath. */
export const ETCD_ROOT = "by-dev/";
