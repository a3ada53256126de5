/** What a VM is, as found by one script in one round trip. Holds no secret. */
export interface HostFacts {
  readonly hostname: string;
  /** /etc/machine-id; equal on two VMs that were cloned without care. */
  readonly machineId?: string;
  /** ID, VERSION_ID, PRETTY_NAME of /etc/os-release; `system` of uname. */
  readonly os: {
    readonly system: string;
    readonly id: string;
    readonly version: string;
    readonly name: string;
  };
  /** As uname -m says, e.g. "x86_64". */
  readonly arch: string;
  readonly kernel: string;
  /** `flags`: those of the first CPU, e.g. "avx2". */
  readonly cpu: { readonly count: number; readonly flags: readonly string[] };
  readonly memoryMb: number;
  /** IP addresses of all interfaces, loopback included. */
  readonly addresses: readonly string[];
  /** The file system that holds, or will hold, the data directory. */
  readonly dataDisk?: DiskFacts;
  /** What is in the data directory: nothing (or it is not there), data of ours, or files of somebody else. */
  readonly dataRoot: "empty" | "own" | "foreign";
  /** The file system that holds Docker's images. */
  readonly dockerDisk?: DiskFacts;
  /** Who listens on the ports that were asked about; undefined when it could not be found out. */
  readonly listeners?: readonly Listener[];
  readonly docker: DockerFacts;
  readonly clock: ClockFacts;
  /** Addresses that the VM finds for each name that was asked about; none: it does not resolve. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** By "host:port". */
  readonly reachability: Readonly<Record<string, Reachability>>;
  /** Whom this VM already belongs to. */
  readonly identity?: { readonly clusterId: string; readonly name: string };
}

export interface DiskFacts {
  /** The nearest directory that exists. */
  readonly path: string;
  readonly device: string;
  readonly mount: string;
  /** E.g. "ext4". */
  readonly filesystem: string;
  readonly totalMb: number;
  readonly freeMb: number;
  /** Undefined when unknown: virtual disks claim to rotate. */
  readonly rotational?: boolean;
}

export interface Listener {
  readonly port: number;
  readonly address: string;
  /** E.g. "nginx (pid 812)". */
  readonly process?: string;
  /** Name of the container in which the process runs. */
  readonly container?: string;
  /** True for containers of ours: an earlier apply has been here. */
  readonly own: boolean;
}

export interface DockerFacts {
  readonly state: "running" | "stopped" | "missing" | "podman";
  /** Of the engine. */
  readonly version?: string;
  readonly storageDriver?: string;
  readonly cgroupVersion?: string;
  readonly rootDir?: string;
  /** E.g. "name=seccomp,profile=default". */
  readonly securityOptions?: string;
}

export interface ClockFacts {
  /** The VM's clock minus this machine's, in milliseconds, right to within `uncertaintyMs`. */
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
  /** Whether the VM says that its clock is synchronised; undefined when nobody knows. */
  readonly synchronised?: boolean;
}

/** `refused` means that the way is free and nobody listens yet. `unknown`: the VM has no bash to try with. */
export type Reachability = "open" | "refused" | "timeout" | "unreachable" | "unknown";
