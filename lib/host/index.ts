/** A VM over SSH: log in, look at it, make it ready. Nothing here knows about Milvus but its ports and directories. */
export { Host, type CheckOptions, type RunOptions, type RunResult } from "./host";
export type { HostFile } from "./files";
export type { LoginOptions, SshOptions } from "./options";
export { HostError, type Explanation, type HostErrorKind } from "./errors";
export { quote } from "./shell";
