import type { Family } from "./family";
import { CONFIG_KEYS_V2_3 } from "./keys_v2_3";
import { MIXTURE } from "./mixture";

/** Milvus 2.3: reads milvus.yaml only and has defaults in its code for every key that the file leaves out. */
export const FAMILY_V2_3: Family = {
  ...MIXTURE,
  line: "2.3",
  newestPatch: 22,
  configFile: "milvus.yaml",
  internalTls: false,
  managesQueryNodes: false,
  hybridSearch: false,
  /**
   * A proxy sends searches to the query nodes that it has heard of until it asks anew, and does not try another one where the session of
   * that one has ended (internal/proxy/lb_policy.go, v2.3.5): they fail for so many seconds. Milvus' default is 3.
   */
  fixed: { "proxy.shardLeaderCacheInterval": 1 },
  configKeys: CONFIG_KEYS_V2_3,
};
