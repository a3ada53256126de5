import type { Family } from "./family";
import { COMMON_IMAGES } from "./images";
import { CONFIG_KEYS_V2_5 } from "./keys_v2_5";
import { MIXTURE_ROLES } from "./mixture";

/** Milvus 2.5: lays user.yaml over the milvus.yaml of its image. */
export const FAMILY_V2_5: Family = {
  line: "2.5",
  newestPatch: 27,
  roles: MIXTURE_ROLES,
  queue: "pulsarSingleton",
  configFile: "user.yaml",
  images: COMMON_IMAGES,
  hybridSearch: true,
  configKeys: CONFIG_KEYS_V2_5,
};
