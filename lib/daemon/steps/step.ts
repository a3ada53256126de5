import type { FormStepKind } from "../../plan/form";
import { peerServices, type EtcdMember } from "../../render";
import type { Service } from "../../render/service";
import { peerOf } from "../../spec/host";
import type { PeerIdentity } from "../../spec/identity";
import type { ClusterSecrets } from "../../spec/secrets";
import type { ClusterSpec } from "../../spec/spec";
import type { BackupPorts } from "../ports/backups";
import type { Components } from "../ports/components";
import type { Engine } from "../ports/engine";
import type { JobContainers } from "../ports/job-containers";
import type { EtcdMembership } from "../ports/membership";
import type { Milvus } from "../ports/milvus";
import type { Compose, Containers, Http, RegistryAuth } from "../ports/runtime";
import type { Store } from "../ports/store";

/** Everything outside that a step touches; tests give stand-ins. */
export interface Ports {
  readonly containers: Containers;
  readonly compose: Compose;
  readonly engine: Engine;
  readonly jobContainers: JobContainers;
  readonly components: Pick<Components, "restart" | "stop" | "remove" | "signal">;
  readonly http: Http;
  readonly milvus: Milvus;
  readonly backups: BackupPorts;
  readonly store: Store;
  readonly membership: EtcdMembership;
  readonly files: RenderedFiles;
  /** Term of this peer while it leads, else undefined. */
  readonly term: () => string | undefined;
}

/** What a file is and what it should be, in words without its content. */
export interface FileDifference {
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

/** The rendered configuration of this peer and its data directories, on disk. */
export interface RenderedFiles {
  /** Whether what is on disk is exactly what the spec renders to. */
  upToDate(spec: ClusterSpec, secrets: ClusterSecrets): Promise<boolean>;
  /** Files that are not what the spec renders to, and those that it does not have. */
  differences(spec: ClusterSpec, secrets: ClusterSecrets): Promise<FileDifference[]>;
  /** `joins`: members of etcd, where this peer's own is to join them. */
  write(spec: ClusterSpec, secrets: ClusterSecrets, joins?: readonly EtcdMember[]): Promise<void>;
  isDirectory(path: string): Promise<boolean>;
  /** Makes a data directory with this owner, if it is missing or empty. */
  /** Bytes that whoever is not root may still write where a directory is; undefined where there is none. */
  freeBytes(path: string): Promise<number | undefined>;
  makeDataDir(path: string, mode: number, uid: number, gid: number): Promise<void>;
  /** Removes the rendered configuration; data stays. */
  removeRendered(): Promise<void>;
  /** Removes the data of this peer, but no mount point. */
  removeDataDirs(spec: ClusterSpec | undefined): Promise<void>;
}

export interface StepContext {
  readonly spec: ClusterSpec;
  readonly specDigest: string;
  readonly secrets: ClusterSecrets;
  readonly registryAuth?: RegistryAuth;
  readonly identity: PeerIdentity;
  readonly ports: Ports;
  readonly signal: AbortSignal;
  /** Says what is being waited for right now. */
  readonly detail: (text: string) => void;
}

/** How one kind of step is carried out. `run` may be called again after a failure, or a crash, at any point. */
export interface StepExecutor {
  readonly kind: FormStepKind;
  isDone(ctx: StepContext): Promise<boolean>;
  run(ctx: StepContext): Promise<void>;
}

/** Services of this peer's compose file, by name. */
export function servicesOf({ spec, identity }: Pick<StepContext, "spec" | "identity">): [string, Service][] {
  return Object.entries(peerServices(spec, peerOf(spec, identity.name)));
}

/** Trying again would not help: somebody has to decide something first. */
export class Refusal extends Error {}
