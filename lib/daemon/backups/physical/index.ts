export type { PhysicalContext } from "./context";
export { backupPhysically } from "./create";
export { verifyPhysical, type Verified } from "./verify";
