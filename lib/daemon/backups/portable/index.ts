export { backupData } from "./backup";
export type { ImportPlace } from "./bulk/place";
export type { EngineContext, MilvusAccess } from "./context";
export { fullName } from "./context";
export { drillData, type DrillReport } from "./drill";
export { Damaged, fetchFile } from "./fetch";
export type { BackupOptions, Finding, RestoredCollection, RestoreOptions, RestoreReport } from "./options";
export { restoreData } from "./restore";
export { verifyData } from "./verify";
