import type { RoleSpec } from "./family";

/**
 * Roles of the lines 2.3 to 2.5: four coordinators in one process, and one process for each other role.
 *
 * Ports are Milvus' defaults (configs/milvus.yaml) except rootCoord's: 53100 lies in Linux' ephemeral range, where an
 * outgoing connection may hold it at start; 22125 is Milvus' own choice since v2.6.8 (milvus-io/milvus#46268).
 */
export const MIXTURE_ROLES: readonly RoleSpec[] = [
  {
    name: "coord",
    args: ["mixture", "-rootcoord", "-querycoord", "-datacoord", "-indexcoord"],
    listens: [
      { section: "rootCoord", port: 22125 },
      { section: "queryCoord", port: 19531 },
      { section: "dataCoord", port: 13333 },
    ],
    activeStandby: ["rootCoord", "queryCoord", "dataCoord"],
    metricsIndex: 0,
    // Coordinators were seen to ignore SIGTERM for 20 s; state is in etcd, so waiting longer only prolongs the failover.
    stopGraceSeconds: 5,
  },
  {
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
    name: "querynode",
    args: ["querynode"],
    listens: [{ section: "queryNode", port: 21123 }],
    activeStandby: [],
    metricsIndex: 2,
    // A stopping query node hands its segments over first; with nowhere to hand them it would wait 30 minutes.
    stopGraceSeconds: 30,
  },
  {
    name: "datanode",
    args: ["datanode"],
    listens: [{ section: "dataNode", port: 21124 }],
    activeStandby: [],
    metricsIndex: 3,
    stopGraceSeconds: 30,
  },
  {
    name: "indexnode",
    args: ["indexnode"],
    listens: [{ section: "indexNode", port: 21121 }],
    activeStandby: [],
    metricsIndex: 4,
    stopGraceSeconds: 10,
  },
];
