import type { Images, QueueSpec } from "../spec";

/** What differs between lines of Milvus. One module a line; nothing outside families asks for a version number. */
export interface Family {
  /** E.g. "2.3". */
  readonly line: string;
  /** Newest patch of the line that this release knows. */
  readonly newestPatch: number;
  /** Roles that run on every peer, each a container of its own. */
  readonly roles: readonly RoleSpec[];
  /** Message queue that the line needs; undefined when it needs none. */
  readonly queue: QueueSpec["kind"] | undefined;
  /** File under /milvus/configs that our settings take: the whole file, or the overlay where the line reads one. */
  readonly configFile: "milvus.yaml" | "user.yaml";
  /** Default images of this line, without Milvus itself and the daemon. */
  readonly images: Pick<Images, "etcd" | "minio" | "pulsar" | "nginx">;
  /** Whether a collection may have several vector fields, and one search look at all of them. */
  readonly hybridSearch: boolean;
  /** Keys that Milvus reads, separated by white space; `*` at the end stands for any suffix. */
  readonly configKeys: string;
}

/** One role of Milvus: a process, hence a container. */
export interface RoleSpec {
  /** Name of the service, e.g. "querynode". */
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

export interface RoleListener {
  readonly section: string;
  /** A fixed port, or the client port of the spec. */
  readonly port: number | "milvus";
  /** Key under the section; `port` unless told. */
  readonly key?: string;
}
