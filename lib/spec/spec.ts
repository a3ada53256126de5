/**
 * ClusterSpec: everything that decides what a cluster is, with every default filled in.
 *
 * It is plain JSON, holds no secret, and is the one input of rendering, planning and forming. It is made only by
 * `compileSpec`, so code that receives one need not ask whether a field was set.
 */
export interface ClusterSpec {
  /** Cluster name, a DNS label. */
  readonly name: string;
  /** Milvus version, e.g. "v2.3.5". Its family decides roles, message queue and config keys. */
  readonly version: string;
  /** Members in order; the order fixes MinIO's endpoint order and must not change once formed. */
  readonly peers: readonly PeerSpec[];
  readonly storage: StorageSpec;
  readonly queue: QueueSpec;
  readonly ports: Ports;
  /** Full image reference of every component. */
  readonly images: Images;
  /** Absolute host directory that holds all data. */
  readonly dataRoot: string;
  /** Extra Milvus settings by dotted key, laid over what we render. */
  readonly config: Readonly<Record<string, ConfigValue>>;
  /** Seconds that a Milvus session outlives a dead process: the floor of every coordinator failover. */
  readonly sessionTtlSeconds: number;
  readonly loadBalancing: LoadBalancing;
  /** How the daemons run the cluster. */
  readonly control: ControlSpec;
}

/** Settings of the daemons themselves; none of them restarts a component. */
export interface ControlSpec {
  /** Seconds after which a dead leader of the control plane is succeeded: 3 to 60. */
  readonly leaderTtlSeconds: number;
  /** Days that a finished job is kept. */
  readonly jobRetentionDays: number;
  /** `auto`: the watchdog restarts sick containers. `monitor`: it only tells of them. */
  readonly watchdog: WatchdogMode;
  /** What the alert webhook speaks; its URL is a secret and no part of the spec. */
  readonly alertFormat: AlertFormat;
}

export type WatchdogMode = (typeof WATCHDOG_MODES)[number];
export const WATCHDOG_MODES = ["auto", "monitor"] as const;
export type AlertFormat = (typeof ALERT_FORMATS)[number];
export const ALERT_FORMATS = ["alertmanager", "slack"] as const;

/**
 * Where a peer's load balancer sends clients. `local`: to the peer's own proxy, to the others only while that one is down, so
 * a dead VM is noticed by nobody who is not connected to it. `spread`: to the proxy of any peer with the fewest connections; a
 * client whose connection leads to a VM that vanished waits until its own keep-alive gives the connection up.
 */
export type LoadBalancing = (typeof LOAD_BALANCING)[number];
export const LOAD_BALANCING = ["local", "spread"] as const;

export type ConfigValue = string | number | boolean;

export interface PeerSpec {
  /** Name of the peer, a DNS label; also its etcd member name and host name inside the cluster. */
  readonly name: string;
  /** Address (IP or host name) at which the other peers and clients reach it. */
  readonly address: string;
}

/** `widePool`: the named peers' drives are one erasure-coded MinIO pool. */
export interface StorageSpec {
  readonly kind: "widePool";
  readonly peers: readonly string[];
  readonly drivesPerPeer: number;
  /** Parity drives per erasure set; undefined lets MinIO's default for the set size apply. */
  readonly parity?: number;
  readonly bucket: string;
}

/** `pulsarSingleton`: one Pulsar standalone on one peer, a single point of failure for writes. */
export interface QueueSpec {
  readonly kind: "pulsarSingleton";
  /** Name of the peer that runs it. */
  readonly host: string;
  /** JVM heap in MiB. */
  readonly heapMb: number;
  /** JVM direct memory in MiB. */
  readonly directMemoryMb: number;
}

export interface Ports {
  /** Client port of the load balancer (nginx) on every peer. */
  readonly lb: number;
  /** Client port of Milvus' proxy. */
  readonly milvus: number;
  readonly daemon: number;
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly minio: number;
  readonly minioConsole: number;
  /** Loopback port on which each peer's nginx offers the MinIO pool to its own Milvus roles. */
  readonly minioLocal: number;
  readonly pulsar: number;
  readonly pulsarHttp: number;
  /** First of the consecutive ports on which the Milvus roles of a peer serve /healthz and /metrics. */
  readonly milvusMetricsBase: number;
}

export interface Images {
  readonly milvus: string;
  readonly etcd: string;
  readonly minio: string;
  readonly pulsar: string;
  readonly nginx: string;
  readonly daemon: string;
}

/** What a user may give; everything that has a sensible default is optional. */
export interface ClusterSpecInput {
  name: string;
  version: string;
  peers: PeerSpec[];
  storage: Partial<Omit<StorageSpec, "kind">> & { drivesPerPeer: number; peers: string[] };
  queue?: Partial<Omit<QueueSpec, "kind">> & { host: string };
  ports?: Partial<Ports>;
  /** Prefix (`registry.example:5000`) that replaces the host of every default image. */
  registry?: string;
  images?: Partial<Images>;
  dataRoot?: string;
  config?: Record<string, ConfigValue>;
  sessionTtlSeconds?: number;
  loadBalancing?: LoadBalancing;
  control?: Partial<ControlSpec>;
}

/**
 * One thing wrong with the input: where (dotted attribute path, e.g. `storage.drivesPerPeer`), what, and what to do.
 * A `warning` is legal but worth a second look.
 */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly path: string;
  readonly message: string;
}

/** The compiled spec is present exactly when no problem is an error. */
export interface CompileResult {
  readonly spec?: ClusterSpec;
  readonly problems: readonly Problem[];
}
