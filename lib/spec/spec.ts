/**
 * ClusterSpec: everything that decides what a cluster is, with every default filled in.
 *
 * It is plain JSON, holds no secret, and is the one input of rendering, planning and forming. It is made only by
 * `compileSpec`, so code that receives one need not ask whether a field was set.
 */
export interface ClusterSpec {
  /** Cluster name, a DNS label. */
  readonly name: string;
  /** Milvus version, e.g. "v2.3.5". Its family decides roles, message queues and config keys. */
  readonly version: string;
  readonly mode: Mode;
  /** Members in order; the order fixes MinIO's endpoint order and must not change once formed. */
  readonly peers: readonly PeerSpec[];
  readonly storage: StorageSpec;
  readonly queue: QueueSpec;
  readonly security: SecuritySpec;
  readonly ports: Ports;
  /** Full image reference of every component. */
  readonly images: Images;
  /** Absolute host directory that holds all data but what `dataDirs` and mount points take. */
  readonly dataRoot: string;
  /** Absolute host directories of components whose data is on a disk of its own. */
  readonly dataDirs: Readonly<Partial<Record<DataDir, string>>>;
  /** Most memory and CPUs that a component may use, where it is limited. */
  readonly resources: Readonly<Partial<Record<Component, Limits>>>;
  /** Extra Milvus settings by dotted key, laid over what we render. */
  readonly config: Readonly<Record<string, ConfigValue>>;
  /** Seconds that a Milvus session outlives a dead process: the floor of every coordinator failover. */
  readonly sessionTtlSeconds: number;
  /** MiB that etcd's database may take; at more it refuses writes. */
  readonly etcdQuotaMb: number;
  readonly loadBalancing: LoadBalancing;
  /** How the daemons run the cluster. */
  readonly control: ControlSpec;
  /** Which secrets the cluster goes by; undefined: those that it was formed with. */
  readonly secrets?: SecretsMark;
  /** Where backups lie and when they are made by themselves; undefined: in the cluster's bucket, and never. */
  readonly backups?: BackupsSpec;
}

/** Tells secrets from those before them, and says nothing about their values. */
export interface SecretsMark {
  /** Another number: other secrets of the cluster's own. */
  readonly generation: number;
  /** Another text: other secrets of services outside the cluster, since they were exchanged for the first time. */
  readonly outside?: string;
  /** The same of secrets of backups, which no component of Milvus reads. */
  readonly backups?: string;
}

/** `cluster`: a process for each role. `standalone`: one process with all roles, on one VM. */
export type Mode = (typeof MODES)[number];
export const MODES = ["cluster", "standalone"] as const;

/** What a peer may run of Milvus. Which of them a version has is its family's matter. */
export type RoleName = (typeof ROLES)[number];
export const ROLES = ["coord", "proxy", "query", "data", "index", "streaming"] as const;

/** Everything that may be limited: a role of Milvus, or what it builds on. */
export type Component = (typeof COMPONENTS)[number];
export const COMPONENTS = [...ROLES, "standalone", "etcd", "minio", "pulsar", "nginx"] as const;

export interface Limits {
  /** Memory in MiB. */
  readonly memoryMb?: number;
  /** CPUs, in whole and tenths. */
  readonly cpus?: number;
}

/** Components whose data may be on a disk of its own; MinIO's drives are its pool's matter. */
export type DataDir = (typeof DATA_DIR_NAMES)[number];
export const DATA_DIR_NAMES = ["etcd", "milvus", "pulsar"] as const;

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
  /** Everything that Milvus holds is backed up before another version of it runs. */
  readonly backupBeforeUpgrade: boolean;
}

/** When backups are made, where they lie, and which of them stay. */
export interface BackupsSpec {
  /** Five fields of cron: minute, hour, day of the month, month, day of the week; undefined: none is made by itself. */
  readonly schedule?: string;
  /** IANA name, e.g. "Europe/Berlin": the clock that `schedule` goes by. */
  readonly timeZone: string;
  readonly keep: KeepSpec;
  /** When the newest backup is restored for a while and compared, as `schedule`; undefined: never by itself. */
  readonly drillSchedule?: string;
  /** Undefined: the cluster's own bucket. */
  readonly target?: BackupTargetSpec;
  /** How contents are encrypted before they leave the peer; undefined: not at all. */
  readonly encryption?: BackupEncryption;
  /** What makes those that name no engine; undefined: "portable". */
  readonly engine?: BackupEngine;
}

/** `portable`: rows and schemas, read through Milvus' own API. `milvus-backup`: Milvus' files, copied by the tool of that name. */
export type BackupEngine = (typeof BACKUP_ENGINES)[number];
export const BACKUP_ENGINES = ["portable", "milvus-backup"] as const;

export type BackupEncryption = (typeof BACKUP_ENCRYPTIONS)[number];
export const BACKUP_ENCRYPTIONS = ["age"] as const;

/** Something that is nothing of the cluster's: what destroys that leaves it. */
export type BackupTargetSpec = S3TargetSpec | DirectoryTargetSpec;

/** One share that is mounted on every peer. */
export interface DirectoryTargetSpec {
  readonly kind: "directory";
  /** Below MOUNT_PARENT, the same on every peer. */
  readonly path: string;
  /** Folder of it: each cluster has one of its own. */
  readonly prefix: string;
}

/** An object store. Its keys are secrets and no part of the spec. */
export interface S3TargetSpec {
  readonly kind: "s3";
  /** Host name or address of the endpoint, without scheme and port. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly bucket: string;
  /** Folder of the bucket: each cluster has one of its own. */
  readonly prefix: string;
  readonly region?: string;
  /** `https://host/bucket` instead of `https://bucket.host`. */
  readonly pathStyle: boolean;
  /** Certificate of the authority that vouches for the endpoint, PEM; undefined: public ones. */
  readonly caPem?: string;
}

/** Of scheduled backups; one that any of these keeps stays. */
export interface KeepSpec {
  /** Newest ones: 1 at least. */
  readonly last: number;
  /** Days, weeks (from Monday) and months of which the newest backup stays. */
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
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

export interface PeerAddress {
  /** Name of the peer, a DNS label; also its etcd member name and host name inside the cluster. */
  readonly name: string;
  /** Address (IP or host name) at which the other peers and clients reach it. */
  readonly address: string;
}

export interface PeerSpec extends PeerAddress {
  /** Roles of Milvus that it runs, in the family's order; a standalone peer has all in one process. */
  readonly roles: readonly RoleName[];
  /** Tells a VM from the one whose place it took, name, address and all. Absent: the first one there. */
  readonly instance?: string;
}

/** `minio`: erasure-coded pools on the peers' own drives. `s3`: an object store outside the cluster. */
export type StorageSpec = MinioStorage | S3Storage;

export interface MinioStorage {
  readonly kind: "minio";
  /** In order; a lost pool stops all reads and writes of the deployment. */
  readonly pools: readonly PoolSpec[];
  /** Parity drives of every erasure set; undefined lets MinIO's default for the first pool's set size apply. */
  readonly parity?: number;
  readonly bucket: string;
}

/** One pool: the drives of some peers, erasure-coded over all of them. A pool of one peer survives no loss of it. */
export interface PoolSpec {
  /** Names of the peers in order. */
  readonly peers: readonly string[];
  readonly drivesPerPeer: number;
  /** Mount points of the drives, the same on each of its peers; none: directories below `dataRoot`. */
  readonly mountPoints: readonly string[];
  /** Size of a drive in GiB, where it was told: for capacities in the plan. */
  readonly driveGib?: number;
  /** A pool of one peer may be added to others that survive the loss of one: somebody has said so. */
  readonly acceptSingleHost?: true;
}

export interface S3Storage {
  readonly kind: "s3";
  /** Host name or address of the endpoint, without scheme and port. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly bucket: string;
  /** Prefix of every object. */
  readonly rootPath: string;
  readonly region?: string;
  /** `https://host/bucket` instead of `https://bucket.host`. */
  readonly pathStyle: boolean;
  /** `keys`: an access key and its secret. `iam`: the role that the VM has at its cloud. */
  readonly auth: S3Auth;
  /** Cloud whose dialect Milvus speaks. */
  readonly provider: S3Provider;
  /** Certificate of the authority that vouches for the endpoint, PEM; undefined: public ones. */
  readonly caPem?: string;
}

export type S3Auth = (typeof S3_AUTHS)[number];
export const S3_AUTHS = ["keys", "iam"] as const;
/** Values of Milvus' minio.cloudProvider (milvus-io/milvus v2.3.22 configs/milvus.yaml). */
export type S3Provider = (typeof S3_PROVIDERS)[number];
export const S3_PROVIDERS = ["aws", "gcp", "aliyun"] as const;

/** Milvus' write-ahead log. */
export type QueueSpec =
  PulsarSingletonQueue | ExternalPulsarQueue | ExternalKafkaQueue | WoodpeckerQueue | RocksmqQueue;

/** One Pulsar standalone on one peer, a single point of failure for writes. */
export interface PulsarSingletonQueue {
  readonly kind: "pulsarSingleton";
  /** Name of the peer that runs it. */
  readonly host: string;
  /** Peer whose VM is lost for good: where it was the host, what it held of Pulsar is given up. */
  readonly lostHost?: string;
  /** Given, Pulsar begins empty on another peer by itself once its host has been gone for long; undefined: a person decides that. */
  readonly failover?: PulsarFailover;
  /** JVM heap in MiB. */
  readonly heapMb: number;
  /** JVM direct memory in MiB. */
  readonly directMemoryMb: number;
  /** Minutes that read messages are kept: longer than the longest outage of Milvus. */
  readonly retentionMinutes: number;
  /** Size in MiB per topic beyond which read messages go even earlier; -1: none. */
  readonly retentionMb: number;
}

/** What becomes of Pulsar when its host is gone. What that held, and Milvus has not flushed, is lost. */
export interface PulsarFailover {
  /** Name of the peer on which it begins. */
  readonly host: string;
  /** Seconds without the host and without an answer of Pulsar's, 60 or more. */
  readonly afterSeconds: number;
}

/** A Pulsar outside the cluster. */
export interface ExternalPulsarQueue {
  readonly kind: "externalPulsar";
  /** `pulsar://host:port` or `pulsar+ssl://host:port`. */
  readonly serviceUrl: string;
  /**
   * Port of its admin API in plain HTTP, where Milvus cleans up what dead nodes leave (it knows no HTTPS); undefined: it does not.
   */
  readonly adminPort?: number;
  readonly tenant: string;
  readonly namespace: string;
  /** Whether a token is presented; the token is a secret and no part of the spec. */
  readonly token: boolean;
  /** Certificate of the authority that vouches for the broker, PEM; undefined: public ones. */
  readonly caPem?: string;
}

/** A Kafka outside the cluster. */
export interface ExternalKafkaQueue {
  readonly kind: "externalKafka";
  /** `host:port` of each broker. */
  readonly brokers: readonly string[];
  readonly protocol: KafkaProtocol;
  /** With a SASL protocol; user and password are secrets and no part of the spec. */
  readonly saslMechanism?: SaslMechanism;
  /** Certificate of the authority that vouches for the brokers, PEM; undefined: public ones. */
  readonly caPem?: string;
}

/** librdkafka's security.protocol, which Milvus hands on as kafka.securityProtocol. */
export type KafkaProtocol = (typeof KAFKA_PROTOCOLS)[number];
export const KAFKA_PROTOCOLS = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];
export const SASL_MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;

/** Milvus 2.6's own log in the object store, its metadata in etcd: as available as these. */
export interface WoodpeckerQueue {
  readonly kind: "woodpecker";
}

/** The log inside a standalone process of Milvus 2.3 to 2.5, on its own disk. */
export interface RocksmqQueue {
  readonly kind: "rocksmq";
}

export interface SecuritySpec {
  /** Whether Milvus asks its clients for a password. */
  readonly authentication: boolean;
  /** TLS on the client port: `off`, `server` (Milvus shows a certificate) or `mutual` (clients must show one, too). */
  readonly clientTls: ClientTls;
  /** TLS among the roles of Milvus; 2.5 and later. */
  readonly internalTls: boolean;
  /** What the generated nftables ruleset lets in; undefined: no ruleset is generated. */
  readonly firewall?: FirewallSpec;
}

export type ClientTls = (typeof CLIENT_TLS)[number];
export const CLIENT_TLS = ["off", "server", "mutual"] as const;

export interface FirewallSpec {
  /** Networks (CIDR) from which clients reach the load balancer. */
  readonly clients: readonly string[];
  /** Networks (CIDR) from which operators reach the daemons. */
  readonly operators: readonly string[];
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
  /** REST API of Milvus where its client port speaks TLS; without TLS REST shares `milvus`. */
  readonly milvusRest: number;
}

export interface Images {
  readonly milvus: string;
  readonly etcd: string;
  readonly minio: string;
  readonly pulsar: string;
  readonly nginx: string;
  readonly daemon: string;
  /** Of the engine milvus-backup; undefined: see milvusBackupImage. */
  readonly milvusBackup?: string;
}

/** What a user may give; everything that has a sensible default is optional. */
export interface ClusterSpecInput {
  name: string;
  version: string;
  mode?: Mode;
  peers: PeerInput[];
  storage: StorageInput;
  queue?: QueueInput;
  security?: Partial<SecuritySpec>;
  ports?: Partial<Ports>;
  /** Prefix (`registry.example:5000`) that replaces the host of every default image. */
  registry?: string;
  images?: Partial<Images>;
  dataRoot?: string;
  dataDirs?: Partial<Record<DataDir, string>>;
  resources?: Partial<Record<Component, Limits>>;
  config?: Record<string, ConfigValue>;
  sessionTtlSeconds?: number;
  etcdQuotaMb?: number;
  loadBalancing?: LoadBalancing;
  control?: Partial<ControlSpec>;
  /** Counts exchanges of the cluster's own secrets. @default 1 */
  secretsGeneration?: number;
  /** Mark of secrets of services outside the cluster. @default - those with which it was formed */
  outsideSecrets?: string;
  /** Mark of secrets of backups. @default - those with which it was formed */
  backupSecrets?: string;
  backups?: BackupsInput;
}

export interface BackupsInput {
  schedule?: string;
  timeZone?: string;
  keep?: Partial<KeepSpec>;
  drillSchedule?: string;
  target?: BackupTargetInput;
  /** Default: none but that of the store. */
  encryption?: BackupEncryption;
  /** Default: "portable". */
  engine?: BackupEngine;
}

/** Exactly one of `s3` and `directory`. */
export interface BackupTargetInput {
  s3?: S3TargetInput;
  /** Where a share is mounted on every peer, below /mnt. */
  directory?: string;
  /** Folder of `directory`. Default: the cluster's name. */
  prefix?: string;
}

/** `endpoint` is `https://host[:port]` or `http://host[:port]`. */
export interface S3TargetInput {
  endpoint: string;
  bucket: string;
  /** Default: the cluster's name. */
  prefix?: string;
  region?: string;
  /** Default: true. */
  pathStyle?: boolean;
  caPem?: string;
}

export interface PeerInput {
  name: string;
  address: string;
  /** Default: every role of the family. */
  roles?: RoleName[];
}

/** Exactly one of `pools` and `s3`. */
export interface StorageInput {
  pools?: PoolInput[];
  parity?: number;
  bucket?: string;
  s3?: S3Input;
}

export interface PoolInput {
  peers: string[];
  /** Default: one for each mount point. */
  drivesPerPeer?: number;
  mountPoints?: string[];
  driveGib?: number;
  /** Default: false. */
  acceptSingleHost?: boolean;
}

/** `endpoint` is `https://host[:port]` or `http://host[:port]`; the bucket is the storage's. */
export interface S3Input {
  endpoint: string;
  rootPath?: string;
  region?: string;
  pathStyle?: boolean;
  auth?: S3Auth;
  provider?: S3Provider;
  caPem?: string;
}

/** At most one member; none means what the family has by itself, where it has one. */
export interface QueueInput {
  pulsarSingleton?: Partial<Omit<PulsarSingletonQueue, "kind">> & { host: string };
  externalPulsar?: Partial<Omit<ExternalPulsarQueue, "kind">> & { serviceUrl: string };
  externalKafka?: Partial<Omit<ExternalKafkaQueue, "kind">> & { brokers: string[] };
  /** The one that Milvus brings along. */
  embedded?: (WoodpeckerQueue | RocksmqQueue)["kind"];
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
