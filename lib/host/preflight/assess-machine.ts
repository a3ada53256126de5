import type { DiskFacts, HostFacts } from "./facts";
import { error, gib, warning, type Finding } from "./finding";
import * as need from "./requirements";

/** Operating system, CPU, memory and disks. */
export function assessMachine(facts: HostFacts): Finding[] {
  return [
    ...system(facts),
    ...cpu(facts),
    ...memory(facts),
    ...dataDisk(facts),
    ...dataRoot(facts),
    ...dockerDisk(facts),
  ];
}

const X86 = "x86_64";
const ARM = "aarch64";

function system({ os, arch }: HostFacts): Finding[] {
  if (os.system !== "Linux") {
    return [
      error(
        "os",
        "the VM does not run Linux",
        `it runs ${os.system || "an unknown system"}`,
        "Use a Linux VM",
      ),
    ];
  }
  if (arch === X86 || arch === ARM) return [];
  return [
    error(
      "arch",
      "Milvus has no build for this CPU architecture",
      `it is ${arch}`,
      `Use a VM of ${X86} or ${ARM}`,
    ),
  ];
}

function cpu({ arch, cpu: { count, flags } }: HostFacts): Finding[] {
  const few =
    count >= need.ADVISED_CPUS
      ? []
      : [
          warning(
            "cpus",
            "few CPUs",
            `${count}, Milvus advises at least ${need.ADVISED_CPUS}`,
            "Give the VM more CPUs",
          ),
        ];
  if (arch !== X86 || flags.includes("avx2")) return few;
  const fix =
    "Let the hypervisor pass the host's CPU through (libvirt: host-passthrough; Proxmox: cpu type host)";
  const some = need.SIMD_FLAGS.some((flag) => flags.includes(flag));
  return some
    ? [...few, warning("cpu-simd", "the CPU has no AVX2", "Milvus falls back to slower vector code", fix)]
    : [
        ...few,
        error("cpu-simd", "the CPU is too old for Milvus", "it has none of SSE4.2, AVX, AVX2, AVX-512", fix),
      ];
}

function memory({ memoryMb }: HostFacts): Finding[] {
  const why = `${gib(memoryMb)}, Milvus advises 8 GiB or more`;
  if (memoryMb < need.MIN_MEMORY_MB)
    return [error("memory", "too little memory", why, "Give the VM more memory")];
  return memoryMb < need.ADVISED_MEMORY_MB
    ? [warning("memory", "little memory", why, "Give the VM more memory")]
    : [];
}

function dataDisk({ dataDisk: disk }: HostFacts): Finding[] {
  if (disk === undefined) return [];
  return [...space(disk), ...kind(disk)];
}

function space(disk: DiskFacts): Finding[] {
  const why = `${gib(disk.freeMb)} of ${gib(disk.totalMb)} free on ${disk.mount}, which holds the data directory`;
  const fix = `Free some space there, or put data_root on a larger disk; ${gib(need.ADVISED_DISK_MB)} or more is advised`;
  if (disk.freeMb < need.MIN_DISK_MB) {
    return [
      error("disk-space", "the disk is full", `${why}; at least ${gib(need.MIN_DISK_MB)} is needed`, fix),
    ];
  }
  return disk.freeMb < need.ADVISED_DISK_MB ? [warning("disk-space", "little disk space", why, fix)] : [];
}

const NETWORK_FILESYSTEM = /^(nfs|cifs|smb|9p|ceph|glusterfs|fuse\.)/;
const VOLATILE_FILESYSTEM = /^(tmpfs|ramfs)$/;

function kind({ mount, filesystem, rotational, device }: DiskFacts): Finding[] {
  const where = `${mount} is ${filesystem}`;
  if (VOLATILE_FILESYSTEM.test(filesystem)) {
    return [
      warning(
        "disk-kind",
        "data would be lost with the next restart of the VM",
        where,
        "Put data_root on a real disk",
      ),
    ];
  }
  if (NETWORK_FILESYSTEM.test(filesystem)) {
    return [
      warning(
        "disk-kind",
        "the data directory is on a network file system",
        where,
        "Put data_root on a local disk: etcd needs fast, reliable fsync, and MinIO drives of its own",
      ),
    ];
  }
  if (rotational !== true) return [];
  return [
    warning(
      "disk-kind",
      "the data directory is on a rotating disk",
      `${device} says so`,
      "Use an SSD: etcd advises that 99 % of its fsyncs take less than 10 ms",
    ),
  ];
}

function dataRoot({ dataRoot }: HostFacts): Finding[] {
  if (dataRoot !== "foreign") return [];
  const why = "it was not empty when the VM was made ready, so destroying the cluster will never delete it";
  return [
    warning(
      "data-root",
      "the data directory holds files of something else",
      why,
      "Give data_root a directory of its own",
    ),
  ];
}

function dockerDisk({ dataDisk, dockerDisk: disk, docker }: HostFacts): Finding[] {
  if (disk === undefined || disk.mount === dataDisk?.mount || disk.freeMb >= need.MIN_DOCKER_DISK_MB)
    return [];
  const why = `${gib(disk.freeMb)} free on ${disk.mount}, which holds ${docker.rootDir ?? disk.path}; at least ${gib(need.MIN_DOCKER_DISK_MB)} is needed`;
  return [
    error(
      "docker-disk",
      "no room for images",
      why,
      "Free some space there (docker system prune), or move Docker's data-root",
    ),
  ];
}
