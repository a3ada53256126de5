import type { Family } from "./family";
import { COMMON_IMAGES } from "./images";
import { CONFIG_KEYS_V2_4 } from "./keys_v2_4";
import { MIXTURE_ROLES } from "./mixture";

/** Milvus 2.4: lays user.yaml over the milvus.yaml of its image. */
export const FAMILY_V2_4: Family = {
  line: "2.4",
  newestPatch: 24,
  roles: MIXTURE_ROLES,
  queue: "pulsarSingleton",
  configFile: "user.yaml",
  images: COMMON_IMAGES,
  hybridSearch: true,
  configKeys: CONFIG_KEYS_V2_4,
};
