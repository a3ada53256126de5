import type { Family } from "./family";
import { FAMILY_V2_3 } from "./v2_3";
import { FAMILY_V2_4 } from "./v2_4";
import { FAMILY_V2_5 } from "./v2_5";
import { FAMILY_V2_6 } from "./v2_6";

export type { Family, ProcessSpec, QueueKind, RoleListener, RoleSpec } from "./family";

/** Every line of Milvus that this release knows, oldest first. A new line is one module and one entry here. */
export const families: readonly Family[] = [FAMILY_V2_3, FAMILY_V2_4, FAMILY_V2_5, FAMILY_V2_6];
