export type { EngineContext, MilvusAccess } from "./context";
export { fullName } from "./context";
export type { BackupOptions, RestoreOptions, RestoreReport, Finding } from "./options";
