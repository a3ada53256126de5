import type { DiskFacts } from "./facts";
import { error, gib, warning, type Finding } from "./finding";
import * as need from "./requirements";

/** What a disk holds, as findings call it, and the option that says where it is. */
export interface Held {
  /** "the data directory" */
  readonly what: string;
  /** "data_root" */
  readonly option: string;
}

/** Room and kind of the disk that holds a data directory. */
export function assessDisk(disk: DiskFacts | undefined, held: Held): Finding[] {
  return disk === undefined ? [] : [...space(disk, held), ...kind(disk, held)];
}

function space(disk: DiskFacts, { what, option }: Held): Finding[] {
  const why = `${gib(disk.freeMb)} of ${gib(disk.totalMb)} free on ${disk.mount}, which holds ${what}`;
  const fix = `Free some space there, or put ${option} on a larger disk; ${gib(need.ADVISED_DISK_MB)} or more is advised`;
  if (disk.freeMb < need.MIN_DISK_MB) {
    const least = `${why}; at least ${gib(need.MIN_DISK_MB)} is needed`;
    return [error("disk-space", "the disk is full", least, fix)];
  }
  return disk.freeMb < need.ADVISED_DISK_MB ? [warning("disk-space", "little disk space", why, fix)] : [];
}

const NETWORK_FILESYSTEM = /^(nfs|cifs|smb|9p|ceph|glusterfs|fuse\.)/;
const VOLATILE_FILESYSTEM = /^(tmpfs|ramfs)$/;

function kind({ mount, filesystem, rotational, device }: DiskFacts, { what, option }: Held): Finding[] {
  const where = `${mount} is ${filesystem}`;
  if (VOLATILE_FILESYSTEM.test(filesystem)) {
    const lost = "data would be lost with the next restart of the VM";
    return [warning("disk-kind", lost, where, `Put ${option} on a real disk`)];
  }
  if (NETWORK_FILESYSTEM.test(filesystem)) {
    const fix = `Put ${option} on a local disk: etcd needs fast, reliable fsync, and MinIO drives of its own`;
    return [warning("disk-kind", `${what} is on a network file system`, where, fix)];
  }
  if (rotational !== true) return [];
  const fix = "Use an SSD: etcd advises that 99 % of its fsyncs take less than 10 ms";
  return [warning("disk-kind", `${what} is on a rotating disk`, `${device} says so`, fix)];
}
