export type { PhysicalContext } from "./context";
export { backupPhysically } from "./create";
export { restorePhysically } from "./restore";
export { verifyPhysical, type Verified } from "./verify";
