import type { QueueKind, RoleSpec } from "./family";

/** Queues that are no part of Milvus; every line speaks to them. In the order of preference. */
export const OUTSIDE_MILVUS: readonly QueueKind[] = ["pulsarSingleton", "externalPulsar", "externalKafka"];

/** Where Milvus keeps its metadata in etcd: its default etcd.rootPath. */
export const ETCD_ROOT = "by-dev/";

/** Roles that are the same in every line, with Milvus' default ports (configs/milvus.yaml). */
export const COMMON_NODES: readonly RoleSpec[] = [
  {
    role: "proxy",
    name: "proxy",
    args: ["proxy"],
    listens: [
      { section: "proxy", port: "milvus" },
      { section: "proxy", port: 19529, key: "internalPort" },
    ],
    activeStandby: [],
    metricsIndex: 1,
    stopGraceSeconds: 10,
  },
  {
    role: "query",
    name: "querynode",
    args: ["querynode"],
    listens: [{ section: "queryNode", port: 21123 }],
    activeStandby: [],
    metricsIndex: 2,
    // A stopping query node hands its segments over first, for as long as lib/render/milvus-yaml.ts lets it.
    stopGraceSeconds: 30,
  },
  {
    role: "data",
    name: "datanode",
    args: ["datanode"],
    listens: [{ section: "dataNode", port: 21124 }],
    activeStandby: [],
    metricsIndex: 3,
    stopGraceSeconds: 30,
  },
];
