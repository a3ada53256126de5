import { MOUNT_FOLDER } from "../../spec/paths";
import type { HostFacts, MountFacts } from "./facts";
import { error, warning, type Finding } from "./finding";
import type { Requirements } from "./requirements";

/** Mount points of drives: each there, with a disk of its own that nobody else uses. */
export function assessMounts({ mounts }: HostFacts, r: Requirements): Finding[] {
  const asked = r.mountPoints ?? [];
  const each = asked.flatMap((path) => {
    const facts = mounts[path];
    return facts ? one(path, facts, r) : [];
  });
  return [...each, ...shared(asked, mounts)];
}

function one(path: string, facts: MountFacts, r: Requirements): Finding[] {
  const unfit = state(path, facts);
  if (unfit) return [unfit];
  return [...readOnly(path, facts), ...inUse(path, facts, r), ...kind(path, facts)];
}

const MOUNT =
  "Mount the drive there (and see that /etc/fstab does so at every start), or correct mount_points";

function state(path: string, { state, disk }: MountFacts): Finding | undefined {
  if (state === "missing" || state === "file") {
    const why = state === "missing" ? "it does not exist" : "it is no directory";
    return error("mount-missing", `there is no mount point ${path}`, why, MOUNT);
  }
  if (state === "plain") {
    const why = `data would fill the disk of ${disk?.mount ?? "the system"}`;
    return error("mount-plain", `nothing is mounted at ${path}`, why, MOUNT);
  }
  if (state !== "root") return undefined;
  const why = "what is mounted there is the root file system itself";
  return error("mount-root", `${path} is not a drive of its own`, why, MOUNT);
}

function readOnly(path: string, { writable }: MountFacts): Finding[] {
  if (writable) return [];
  const fix = "Mount it read-write; a file system with errors is mounted read-only: see dmesg";
  return [error("mount-read-only", `${path} cannot be written to`, "it is mounted read-only", fix)];
}

function inUse(path: string, { used, clusterId }: MountFacts, r: Requirements): Finding[] {
  if (!used || (clusterId !== undefined && clusterId === r.clusterId)) return [];
  const folder = `${path}/${MOUNT_FOLDER}`;
  const whose = clusterId === undefined ? "files of unknown origin" : `data of cluster ${clusterId}`;
  const fix = `Move ${folder} away if you need it, or delete it, or give another drive`;
  return [error("mount-used", `${path} is in use`, `${folder} holds ${whose}`, fix)];
}

/** "xfs" is what MinIO asks for (docs.min.io: Hardware Checklist); ext4 has the same guarantees and is what many VMs have. */
const ADVISED_FILESYSTEMS = ["xfs", "ext4"];

function kind(path: string, { disk }: MountFacts): Finding[] {
  if (disk === undefined || ADVISED_FILESYSTEMS.includes(disk.filesystem)) return [];
  const why = `${path} is ${disk.filesystem}, MinIO asks for XFS on local drives`;
  return [
    warning("mount-kind", "the drive has an unusual file system", why, "Format the drive with xfs or ext4"),
  ];
}

/** Two "drives" on one disk fail together, which MinIO's parity does not reckon with. */
function shared(asked: readonly string[], mounts: HostFacts["mounts"]): Finding[] {
  const groups = new Map<string, string[]>();
  for (const path of asked.filter((p) => mounts[p]?.state === "mounted")) {
    const key = deviceOf(mounts[path]!);
    groups.set(key, [...(groups.get(key) ?? []), path]);
  }
  return [...groups.values()]
    .filter((paths) => paths.length > 1)
    .map((paths) => {
      const why = `${paths.join(", ")} are on ${mounts[paths[0]!]!.disk?.device ?? "one device"}`;
      const fix = "Give each mount point a disk of its own: they would fail together";
      return error("mount-shared", "mount points share a file system", why, fix);
    });
}

/** Subvolumes of one disk have different ids and the same device. */
const deviceOf = ({ disk, deviceId }: MountFacts): string =>
  disk?.device.startsWith("/dev/") ? disk.device : deviceId;
