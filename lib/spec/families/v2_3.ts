import type { Family } from "./family";
import { COMMON_IMAGES } from "./images";
import { CONFIG_KEYS_V2_3 } from "./keys_v2_3";
import { MIXTURE_ROLES } from "./mixture";

/** Milvus 2.3: reads milvus.yaml only and has defaults in its code for every key that the file leaves out. */
export const FAMILY_V2_3: Family = {
  line: "2.3",
  newestPatch: 22,
  roles: MIXTURE_ROLES,
  queue: "pulsarSingleton",
  configFile: "milvus.yaml",
  images: COMMON_IMAGES,
  hybridSearch: false,
  configKeys: CONFIG_KEYS_V2_3,
};
