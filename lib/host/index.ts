/** A VM over SSH: log in, look at it, make it ready. Nothing here knows about Milvus but its ports and directories. */
export { Host, type CheckOptions, type RunOptions, type RunResult } from "./host";
export type { HostFile } from "./files";
export type { LoginOptions, SshOptions } from "./options";
export { HostError, type Explanation, type HostErrorKind } from "./errors";
export { quote } from "./shell";
export { preflight, type PreflightOptions } from "./preflight/preflight";
export { assess } from "./preflight/assess";
export { compareHosts, type PeerFacts } from "./preflight/compare";
export { findingText, type Finding } from "./preflight/finding";
export type {
  ClockFacts,
  DiskFacts,
  DockerFacts,
  HostFacts,
  Listener,
  Reachability,
} from "./preflight/facts";
export type { Requirements } from "./preflight/requirements";
export { ensureDocker, type DockerOptions } from "./docker";
export { ensureImage, type ImageOptions, type ImageResult } from "./image";
export {
  daemonRunning,
  daemonState,
  startDaemon,
  stopDaemon,
  type DaemonAction,
  type DaemonOptions,
  type DaemonState,
} from "./daemon";
export { cleanHost, type CleanOptions } from "./clean";
