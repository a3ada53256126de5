import { assessDisk } from "./assess-disk";
import type { HostFacts } from "./facts";
import { error, gib, warning, type Finding } from "./finding";
import * as need from "./requirements";

/** Operating system, CPU, memory and disks. */
export function assessMachine(facts: HostFacts): Finding[] {
  return [
    ...system(facts),
    ...cpu(facts),
    ...memory(facts),
    ...assessDisk(facts.dataDisk, { what: "the data directory", option: "data_root" }),
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
