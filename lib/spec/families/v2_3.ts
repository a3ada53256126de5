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
  configKeys: CONFIG_KEYS_V2_3,
};
