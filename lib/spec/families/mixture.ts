import type { Family, RoleListener, RoleSpec } from "./family";
import { COMMON_IMAGES } from "./images";
import { COMMON_NODES, ETCD_ROOT, OUTSIDE_MILVUS } from "./shared";

/**
 * Roles of the lines 2.3 to 2.5: four coordinators in one process, and one process for each other role.
 *
 * Ports are Milvus' defaults (configs/milvus.yaml) except rootCoord's: 53100 lies in Linux' ephemeral range, where an
 * outgoing connection may hold it at start; 22125 is Milvus' own choice since v2.6.8 (milvus-io/milvus#46268).
 */
const ROLES: readonly RoleSpec[] = [
  {
    role: "coord",
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
  ...COMMON_NODES,
  {
    role: "index",
    name: "indexnode",
    args: ["indexnode"],
    listens: [{ section: "indexNode", port: 21121 }],
    activeStandby: [],
    metricsIndex: 4,
    stopGraceSeconds: 10,
  },
];

/** Every role in one process, with the same ports. */
const STANDALONE: Family["standalone"] = {
  name: "standalone",
  args: ["standalone"],
  listens: ROLES.flatMap((role): readonly RoleListener[] => role.listens),
  activeStandby: [],
  metricsIndex: 0,
  // Its query node has nobody to hand its segments to, and the log is safe on disk or with the queue at any moment.
  stopGraceSeconds: 30,
};

/** What the lines 2.3 to 2.5 have in common. A log on several VMs comes from outside Milvus, so it must be chosen. */
export const MIXTURE: Pick<
  Family,
  | "roles"
  | "rollOrder"
  | "standalone"
  | "queues"
  | "standaloneQueues"
  | "defaultQueue"
  | "defaultStandaloneQueue"
  | "images"
  | "fixed"
  | "etcdPrefixes"
> = {
  roles: ROLES,
  // Coordinators first: from 2.4.11 an old one cannot work with new nodes and proxies (milvus-io/milvus#35760).
  rollOrder: ["coord", "index", "query", "data", "proxy"],
  standalone: STANDALONE,
  queues: OUTSIDE_MILVUS,
  standaloneQueues: ["rocksmq", ...OUTSIDE_MILVUS],
  defaultQueue: undefined,
  defaultStandaloneQueue: "rocksmq",
  images: COMMON_IMAGES,
  fixed: {},
  etcdPrefixes: [ETCD_ROOT],
};
