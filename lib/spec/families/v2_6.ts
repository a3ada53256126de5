import type { Family } from "./family";
import { COMMON_IMAGES } from "./images";
import { CONFIG_KEYS_V2_6 } from "./keys_v2_6";
import { ETCD_ROOT, OUTSIDE_MILVUS } from "./shared";
import { STREAMING_ROLES, STREAMING_STANDALONE } from "./streaming";

/** Milvus 2.6: has a log of its own in the object store, and lays user.yaml over the milvus.yaml of its image. */
export const FAMILY_V2_6: Family = {
  line: "2.6",
  newestPatch: 22,
  roles: STREAMING_ROLES,
  // Source: zilliztech/milvus-operator pkg/controllers/dependency_graph.go (milvus-upgrade-paths.md).
  rollOrder: ["coord", "streaming", "query", "data", "proxy"],
  standalone: STREAMING_STANDALONE,
  queues: ["woodpecker", ...OUTSIDE_MILVUS],
  standaloneQueues: ["woodpecker", "rocksmq", ...OUTSIDE_MILVUS],
  defaultQueue: "woodpecker",
  defaultStandaloneQueue: "woodpecker",
  configFile: "user.yaml",
  images: COMMON_IMAGES,
  internalTls: true,
  managesQueryNodes: true,
  hybridSearch: true,
  // Also what a later switch to Woodpecker asks for. Its other type, a local disk, is refused in mode cluster since v2.6.19.
  fixed: { "woodpecker.storage.type": "minio" },
  // Woodpecker's keys are not below etcd.rootPath (zilliztech/woodpecker@fdf34b2 meta/constant.go).
  etcdPrefixes: [ETCD_ROOT, "woodpecker/"],
  configKeys: CONFIG_KEYS_V2_6,
};
