import type { Family } from "./family";
import { CONFIG_KEYS_V2_4 } from "./keys_v2_4";
import { MIXTURE } from "./mixture";

/** Milvus 2.4: lays user.yaml over the milvus.yaml of its image. */
export const FAMILY_V2_4: Family = {
  ...MIXTURE,
  line: "2.4",
  newestPatch: 24,
  configFile: "user.yaml",
  internalTls: false,
  managesQueryNodes: false,
  hybridSearch: true,
  configKeys: CONFIG_KEYS_V2_4,
};
