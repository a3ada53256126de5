import type { Family, RoleListener, RoleSpec } from "./family";
import { COMMON_NODES } from "./shared";

/**
 * Roles of the line 2.6: one coordinator in place of four, data nodes build indexes, and streaming nodes own the log.
 *
 * Ports are Milvus' defaults (configs/milvus.yaml); the coordinator serves all four services on rootCoord's, 22125 since
 * v2.6.8 and told to older patches, too.
 */
export const STREAMING_ROLES: readonly RoleSpec[] = [
  {
    role: "coord",
    name: "coord",
    args: ["mixcoord"],
    listens: [{ section: "rootCoord", port: 22125 }],
    // Always so since v2.6.8; older patches must be told (internal/coordinator/mix_coord.go, milvus-io/milvus@681822d1d7).
    activeStandby: ["mixCoord"],
    metricsIndex: 0,
    // Milvus kills a coordinator that is not done after 5 s (rootCoord.gracefulStopTimeout).
    stopGraceSeconds: 5,
  },
  ...COMMON_NODES,
  {
    role: "streaming",
    name: "streamingnode",
    args: ["streamingnode"],
    listens: [
      { section: "streamingNode", port: 22222 },
      // Its built-in query node (cmd/milvus/util.go) would silently take any free port while the peer's own has 21123.
      { section: "queryNode", port: 22223, variable: "QUERYNODE_PORT" },
    ],
    activeStandby: [],
    metricsIndex: 4,
    // Hands its channels and growing data over, as a query node does.
    stopGraceSeconds: 30,
  },
];

/** Every role in one process, with the same ports; it has one query node only. */
export const STREAMING_STANDALONE: Family["standalone"] = {
  name: "standalone",
  args: ["standalone"],
  listens: STREAMING_ROLES.flatMap((role): readonly RoleListener[] => role.listens).filter(
    ({ variable }) => variable === undefined,
  ),
  activeStandby: [],
  metricsIndex: 0,
  // Its query node has nobody to hand its segments to, and the log is safe in the object store at any moment.
  stopGraceSeconds: 30,
};
