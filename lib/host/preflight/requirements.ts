/** What is asked of a VM. Thresholds with their sources. */
export interface Requirements {
  /** Directory that will hold all data. */
  readonly dataRoot: string;
  /** Mount points of drives: each needs a file system of its own. @default - none */
  readonly mountPoints?: readonly string[];
  /** Data directories outside of `dataRoot`: their parents must exist. @default - none */
  readonly dataDirs?: readonly string[];
  /** Ports on which our components will listen. */
  readonly requiredPorts: readonly number[];
  /** The address under which the other peers reach this VM: our components bind to it. */
  readonly address?: string;
  /** "host:port" of the other peers that this VM must be able to reach. */
  readonly reachability: readonly string[];
  /** "host" or "host:port" of the registries that hold our images. @default - none */
  readonly registries?: readonly string[];
  /** Docker may be installed: its absence is then no finding. @default false */
  readonly installDocker?: boolean;
  /** The cluster that this VM is for: a VM of another one is refused. */
  readonly clusterId?: string;
}

const GIB = 1024;

/** "at least one of the SIMD extensions listed" (SSE4.2, AVX, AVX2, AVX-512): milvus.io/docs/prerequisite-docker.md */
export const SIMD_FLAGS = ["sse4_2", "avx", "avx2", "avx512f"];

/** "a minimum of 2 virtual CPUs (vCPUs) and 8 GB of initial memory": milvus.io/docs/prerequisite-docker.md, also "Standalone: 8G". */
export const ADVISED_CPUS = 2;
/** A VM of 8 GB shows less: firmware and kernel keep some. */
export const ADVISED_MEMORY_MB = 7.4 * GIB;
/** Idle Milvus roles, etcd, MinIO and nginx of one peer hold 0.8 GiB by the lab's measurement; twice that leaves room for one collection. */
export const MIN_MEMORY_MB = 1.6 * GIB;

/** All images of a peer unpack to 1.1 GiB (lab: small builds) and up to 3 GiB (official ones); etcd alone may grow to its quota of 4 GiB. */
export const MIN_DISK_MB = 5 * GIB;
/** Ten times the least: room for data, compaction and two versions of the images during an upgrade. */
export const ADVISED_DISK_MB = 50 * GIB;
/** Official images of one release, unpacked. */
export const MIN_DOCKER_DISK_MB = 3 * GIB;

/** First engine that knows cgroup v2, which today's distributions boot with; Debian 11 and later have it. Milvus itself asks for 19.03. */
export const MIN_DOCKER = "20.10";

/** TLS certificates and S3 signatures bear a few minutes; Pulsar's and Milvus' timestamps follow the clock. Refuse far earlier. */
export const MAX_CLOCK_OFFSET_MS = 30_000;
/** Milvus' timestamps and the lease arithmetic of logs read badly beyond this; any synchronised clock is within milliseconds. */
export const ADVISED_CLOCK_OFFSET_MS = 2_000;
