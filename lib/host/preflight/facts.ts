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
  /** By mount point, of those that were asked about. */
  readonly mounts: Readonly<Record<string, MountFacts>>;
  /** By directory, of those outside of the data root that were asked about. */
  readonly dataDirs: Readonly<Record<string, DataDirFacts>>;
  /** The file system that holds Docker's images. */
  readonly dockerDisk?: DiskFacts;
  /** Who listens on the ports that were asked about; undefined when it could not be found out. */
  readonly listeners?: readonly Listener[];
  readonly docker: DockerFacts;
  /** Disabled, too, where the kernel has none. */
  readonly selinux: "enforcing" | "permissive" | "disabled";
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

export interface MountFacts {
  /** `root`: the root file system is what is mounted there. `plain`: a directory on which nothing is mounted. */
  readonly state: "mounted" | "root" | "plain" | "file" | "missing";
  /** Of the file system; two mount points of one file system have the same. */
  readonly deviceId: string;
  readonly writable: boolean;
  /** Whether our folder on it holds anything. */
  readonly used: boolean;
  /** The cluster that our folder on it is of. */
  readonly clusterId?: string;
  readonly disk?: DiskFacts;
}

export interface DataDirFacts {
  /** `mount`: a file system is mounted at this very directory. `orphan`: its parent is missing, too. */
  readonly state: "directory" | "mount" | "absent" | "file" | "orphan";
  /** Of the directory, or of its parent where it is absent. */
  readonly writable: boolean;
  /** As HostFacts.dataRoot. */
  readonly content: HostFacts["dataRoot"];
  readonly disk?: DiskFacts;
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
  /** `podman`: what answers to the name of docker, or at its socket, is Podman. */
  readonly state: "running" | "stopped" | "missing" | "podman";
  /** With `missing`: Podman is there under its own name. */
  readonly podman?: boolean;
  /** Of the engine. */
  readonly version?: string;
  readonly storageDriver?: string;
  readonly cgroupVersion?: string;
  readonly rootDir?: string;
  /** E.g. "name=seccomp,profile=default". */
  readonly securityOptions?: string;
  /** Through which the engine pulls; undefined: none. */
  readonly proxy?: ProxyFacts;
  /** What Docker gives to every container that root starts; undefined: nothing. */
  readonly containerProxy?: Pick<ProxyFacts, "noProxy">;
}

export interface ProxyFacts {
  /** URLs without credentials; empty: none. */
  readonly http: string;
  readonly https: string;
  /** Hosts that are asked directly, comma-separated. */
  readonly noProxy: string;
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
