import type { ConfigValue, Images, QueueSpec, RoleName } from "../spec";

/** What differs between lines of Milvus. One module a line; nothing outside families asks for a version number. */
export interface Family {
  /** E.g. "2.3". */
  readonly line: string;
  /** Newest patch of the line that this release knows. */
  readonly newestPatch: number;
  /** Roles of mode `cluster`, each a container of its own; a peer runs all of them unless told. */
  readonly roles: readonly RoleSpec[];
  /** Order in which processes are exchanged for those of a newer patch; backwards for an older one. */
  readonly rollOrder: readonly RoleName[];
  /** The one process of mode `standalone`. */
  readonly standalone: ProcessSpec;
  /** Message queues that mode `cluster` can use, in the order of preference. */
  readonly queues: readonly QueueKind[];
  /** The same for mode `standalone`. */
  readonly standaloneQueues: readonly QueueKind[];
  /** Queue of a cluster for which none is chosen; undefined: one must be chosen. */
  readonly defaultQueue: QueueKind | undefined;
  /** The same for mode `standalone`. */
  readonly defaultStandaloneQueue: QueueKind | undefined;
  /** File under /milvus/configs that our settings take: the whole file, or the overlay where the line reads one. */
  readonly configFile: "milvus.yaml" | "user.yaml";
  /** Default images of this line, without Milvus itself and the daemon. */
  readonly images: Pick<Images, "etcd" | "minio" | "pulsar" | "nginx">;
  /** Whether the roles can speak TLS with each other. */
  readonly internalTls: boolean;
  /** Whether proxies can be told to have other query nodes serve what one of them does. */
  readonly managesQueryNodes: boolean;
  /** Whether a collection may have several vector fields, and one search look at all of them. */
  readonly hybridSearch: boolean;
  /** Settings that this line wants in every layout. */
  readonly fixed: Readonly<Record<string, ConfigValue>>;
  /** Prefixes of keys that Milvus' user in etcd must be able to read and write. */
  readonly etcdPrefixes: readonly string[];
  /** Keys that Milvus reads, separated by white space; `*` at the end stands for any suffix. */
  readonly configKeys: string;
}

export type QueueKind = QueueSpec["kind"];

/** A process of Milvus, hence a container. */
export interface ProcessSpec {
  /** Name of the service and of its container, e.g. "querynode". */
  readonly name: string;
  /** Arguments after `milvus run`. */
  readonly args: readonly string[];
  /** Sections of milvus.yaml whose `ip` and `port` this process serves. */
  readonly listens: readonly RoleListener[];
  /** Sections that elect one active process among the peers; the others stand by. */
  readonly activeStandby: readonly string[];
  /** Added to `ports.milvusMetricsBase`: where the process serves /healthz and /metrics. */
  readonly metricsIndex: number;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopGraceSeconds: number;
}

/** One role of Milvus with a process of its own. */
export interface RoleSpec extends ProcessSpec {
  readonly role: RoleName;
}

export interface RoleListener {
  readonly section: string;
  /** A fixed port, or the client port of the spec. */
  readonly port: number | "milvus";
  /** Key under the section; `port` unless told. */
  readonly key?: string;
  /**
   * Variable by which the process is told the port, where another role of the same peer has the section's port in the
   * file that all of them read. Milvus lets the environment win (pkg/config/env_source.go).
   */
  readonly variable?: string;
}
