import type { DiskFacts, HostFacts } from "./facts";
import { warning, type Finding } from "./finding";
import type { Requirements } from "./requirements";

/** File systems that cannot keep the label that Docker gives to what containers may use. */
const WITHOUT_LABELS = /^(nfs|cifs|smb|9p|vfat|msdos|exfat|ntfs|fuse|ceph|glusterfs)/;

/**
 * SELinux asks nothing of the user: our mounts are labelled, and Docker may run with selinux-enabled or without. Only where it
 * does, and the file system cannot keep a label, containers are refused their data.
 */
export function assessSelinux(facts: HostFacts, r: Requirements): Finding[] {
  if (facts.selinux !== "enforcing" || !/name=selinux/.test(facts.docker.securityOptions ?? "")) return [];
  return disksOf(facts, r)
    .filter((disk) => WITHOUT_LABELS.test(disk.filesystem))
    .map(({ mount, filesystem }) =>
      warning(
        "selinux-labels",
        `SELinux may keep containers from ${mount}`,
        `it is ${filesystem}, which keeps no labels, and Docker runs with selinux-enabled`,
        "Use xfs or ext4, or mount it with -o context=system_u:object_r:container_file_t:s0",
      ),
    );
}

/** Each disk that holds data, once. */
function disksOf({ dataDisk, dataDirs, mounts }: HostFacts, r: Requirements): DiskFacts[] {
  const others = [
    ...(r.dataDirs ?? []).map((path) => dataDirs[path]?.disk),
    ...(r.mountPoints ?? []).map((path) => mounts[path]?.disk),
  ];
  const disks = [dataDisk, ...others].filter((disk) => disk !== undefined);
  return [...new Map(disks.map((disk) => [disk.mount, disk])).values()];
}
