import type { FormStepKind } from "../../plan/form";
import type { PeerIdentity } from "../../spec/identity";
import type { ClusterSecrets } from "../../spec/secrets";
import type { ClusterSpec } from "../../spec/spec";
import type { ComposeFile } from "../compose-file";
import type { Milvus } from "../ports/milvus";
import type { Compose, Containers, Http, RegistryAuth } from "../ports/runtime";
import type { Store } from "../ports/store";

/** Everything outside that a step touches; tests give stand-ins. */
export interface Ports {
  readonly containers: Containers;
  readonly compose: Compose;
  readonly http: Http;
  readonly milvus: Milvus;
  readonly store: Store;
  readonly files: RenderedFiles;
  /** Term of this peer while it leads, else undefined. */
  readonly term: () => string | undefined;
}

/** The rendered configuration of this peer and its data directories, on disk. */
export interface RenderedFiles {
  /** Whether what is on disk is exactly what the spec renders to. */
  upToDate(spec: ClusterSpec, secrets: ClusterSecrets): Promise<boolean>;
  write(spec: ClusterSpec, secrets: ClusterSecrets): Promise<void>;
  compose(): Promise<ComposeFile | undefined>;
  /** Makes a data directory with this owner, if it is missing. */
  makeDataDir(path: string, mode: number, uid: number, gid: number): Promise<void>;
  removeAll(): Promise<void>;
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

/** Trying again would not help: somebody has to decide something first. */
export class Refusal extends Error {}
