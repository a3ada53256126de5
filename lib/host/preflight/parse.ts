import { COMPOSE_PROJECT, DAEMON_CONTAINER } from "../../spec/paths";
import type {
  ClockFacts,
  DataDirFacts,
  DiskFacts,
  DockerFacts,
  HostFacts,
  Listener,
  MountFacts,
  Reachability,
} from "./facts";

/** When the script was sent and when its first line came back, by this machine's clock (milliseconds since 1970). */
export interface RoundTrip {
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Turns the script's lines into facts. Throws an Error when the script did not come to its end. */
export function parseFacts(output: string, trip: RoundTrip): HostFacts {
  const lines = output.split("\n").map((line) => line.split("\t"));
  const rows = (key: string): string[][] => lines.filter(([k]) => k === key).map(([, ...rest]) => rest);
  const row = (key: string): string[] => rows(key)[0] ?? [];
  const value = (key: string): string => row(key)[0] ?? "";
  if (value("end") !== "yes") throw new Error("the script that looks at the host broke off");
  const [system = "", id = "", version = "", name = ""] = row("os");
  return {
    hostname: value("hostname"),
    machineId: value("machine_id") || undefined,
    os: { system, id, version, name },
    arch: value("arch"),
    kernel: value("kernel"),
    cpu: { count: Number(value("cpus")), flags: words(value("cpu_flags")) },
    memoryMb: mebibytes(value("memory")),
    addresses: words(value("addresses")),
    dataDisk: disk(row("disk.data")),
    dataRoot: value("data_root") as HostFacts["dataRoot"],
    mounts: Object.fromEntries(
      rows("mount").map(([path = "", ...is]) => [path, mount(is, row(`disk.mount:${path}`))]),
    ),
    dataDirs: Object.fromEntries(
      rows("data_dir").map(([path = "", ...is]) => [path, dataDir(is, row(`disk.data_dir:${path}`))]),
    ),
    dockerDisk: disk(row("disk.docker")),
    listeners: value("listeners") === "known" ? listeners(rows("listen"), rows("container")) : undefined,
    docker: { ...docker(row("docker")), containerProxy: containerProxy(rows("container_proxy")[0]) },
    selinux: value("selinux") as HostFacts["selinux"],
    clock: clock(value("clock"), value("clock_synchronised"), trip),
    names: Object.fromEntries(rows("name").map(([n = "", found = ""]) => [n, words(found)])),
    reachability: Object.fromEntries(rows("reach").map(([t, r]) => [t, r as Reachability])),
    identity: identity(value("identity")),
  };
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");
const mebibytes = (kib: string | undefined): number => Math.floor(Number(kib) / 1024);

function disk([path, device = "", mount = "", filesystem = "", total, free, rotational]: string[]):
  DiskFacts | undefined {
  if (path === undefined) return undefined;
  // virtio disks always claim to rotate
  const known = rotational === "0" || (rotational === "1" && !device.startsWith("/dev/vd"));
  return {
    ...{ path, device, mount, filesystem },
    totalMb: mebibytes(total),
    freeMb: mebibytes(free),
    rotational: known ? rotational === "1" : undefined,
  };
}

function mount([state, deviceId = "", writable, used, clusterId]: string[], disks: string[]): MountFacts {
  return {
    ...{ state: state as MountFacts["state"], deviceId, clusterId: clusterId || undefined },
    ...{ writable: writable === "yes", used: used === "yes", disk: disk(disks) },
  };
}

function dataDir([state, writable, content]: string[], disks: string[]): DataDirFacts {
  return {
    ...{ state: state as DataDirFacts["state"], writable: writable === "yes" },
    ...{ content: content as DataDirFacts["content"], disk: disk(disks) },
  };
}

function docker([state = "missing", version, storageDriver, rootDir, ...more]: string[]): DockerFacts {
  if (state === "missing") return { state, podman: version === "podman" };
  const [securityOptions, cgroupVersion, http = "", https = "", noProxy = ""] = more;
  return {
    ...{
      state: state as DockerFacts["state"],
      version,
      storageDriver,
      cgroupVersion,
      rootDir,
      securityOptions,
    },
    proxy: http || https ? { http, https, noProxy } : undefined,
  };
}

const containerProxy = (found: string[] | undefined): DockerFacts["containerProxy"] =>
  found && { noProxy: found[0] ?? "" };

function listeners(found: string[][], containers: string[][]): Listener[] {
  const byId = new Map(containers.map(([id, name, project]) => [id, { name, project }]));
  return found.map(([local = "", process = "", id = ""]) => {
    const container = byId.get(id);
    const at = local.lastIndexOf(":");
    return {
      port: Number(local.slice(at + 1)),
      address: local.slice(0, at).replace(/^\[|\]$|%.*$/g, ""),
      process: processName(process),
      container: container?.name,
      own: container?.name === DAEMON_CONTAINER || container?.project === COMPOSE_PROJECT,
    };
  });
}

/** `users:(("etcd",pid=812,fd=7))` → `etcd (pid 812)` */
function processName(users: string): string | undefined {
  const match = /"([^"]*)",pid=(\d+)/.exec(users);
  return match ? `${match[1]} (pid ${match[2]})` : undefined;
}

/** The clock was read between sending and the first answer: the middle is the best guess, half the time its error. */
function clock(seconds: string, synchronised: string, trip: RoundTrip): ClockFacts {
  const middle = (trip.sentAt + trip.answeredAt) / 2;
  return {
    offsetMs: Math.round(parseFloat(seconds) * 1000 - middle),
    uncertaintyMs: Math.ceil((trip.answeredAt - trip.sentAt) / 2),
    synchronised: synchronised === "" ? undefined : synchronised === "yes",
  };
}

function identity(base64: string): HostFacts["identity"] {
  try {
    const { clusterId, name } = JSON.parse(Buffer.from(base64, "base64").toString("utf8")) as Record<
      string,
      unknown
    >;
    return { clusterId: String(clusterId), name: String(name) };
  } catch {
    return undefined; // none, or not ours: writing the new one will settle it
  }
}
