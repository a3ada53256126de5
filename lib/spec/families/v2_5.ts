import type { Family } from "./family";
import { CONFIG_KEYS_V2_5 } from "./keys_v2_5";
import { MIXTURE } from "./mixture";

/** Milvus 2.5: lays user.yaml over the milvus.yaml of its image. */
export const FAMILY_V2_5: Family = {
  ...MIXTURE,
  line: "2.5",
  newestPatch: 27,
  configFile: "user.yaml",
  internalTls: true,
  managesQueryNodes: true,
  hybridSearch: true,
  configKeys: CONFIG_KEYS_V2_5,
};
