/** A VM, over SSH or this very one: look at it, make it ready. Nothing here knows about Milvus but its ports and directories. */
export { Host } from "./host";
export { LocalHost } from "./local";
export { Machine, type CheckOptions, type RunOptions, type RunResult } from "./machine";
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
  DataDirFacts,
  DiskFacts,
  DockerFacts,
  HostFacts,
  Listener,
  MountFacts,
  ProxyFacts,
  Reachability,
} from "./preflight/facts";
export type { Requirements } from "./preflight/requirements";
export { ensureDocker, type DockerOptions } from "./docker";
export { directHosts, type ProxyOptions } from "./install-proxy";
export { ensureDataDirs, ensureMountFolders } from "./places";
export { ensureReboot } from "./reboot";
export { ensureImage, registryOf, type ImageOptions, type ImageResult } from "./image";
export {
  daemonRunning,
  daemonState,
  startDaemon,
  stopDaemon,
  type DaemonAction,
  type DaemonOptions,
  type DaemonState,
} from "./daemon";
export { daemonAnswers, type AnswerOptions } from "./daemon-answers";
export {
  certificateFiles,
  hasIdentity,
  hasMilvusCertificate,
  identityFiles,
  type PeerPapers,
} from "./identity";
export { findPeer, type FoundPeer } from "./found-peer";
export { hostWrapper, VM_COMMANDS, WRAPPER_CWD, WRAPPER_IMAGE } from "./wrapper";
export { cleanHost, type CleanOptions } from "./clean";
