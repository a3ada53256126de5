import type { HostFacts, Requirements } from "../../../lib/host";

/** A VM with which nothing is wrong. */
export const GOOD: HostFacts = {
  hostname: "vm1",
  machineId: "b08dfa6083e7567a1921a715000001fb",
  os: { system: "Linux", id: "debian", version: "12", name: "Debian GNU/Linux 12 (bookworm)" },
  arch: "x86_64",
  kernel: "6.1.0-18-amd64",
  cpu: { count: 8, flags: ["fpu", "sse4_2", "avx", "avx2"] },
  memoryMb: 32_000,
  addresses: ["127.0.0.1", "198.18.0.11", "::1"],
  dataDisk: {
    path: "/var/lib",
    device: "/dev/nvme0n1p1",
    mount: "/",
    filesystem: "ext4",
    totalMb: 200_000,
    freeMb: 180_000,
    rotational: false,
  },
  dataRoot: "empty",
  mounts: {},
  dataDirs: {},
  dockerDisk: {
    path: "/var/lib/docker",
    device: "/dev/nvme0n1p1",
    mount: "/",
    filesystem: "ext4",
    totalMb: 200_000,
    freeMb: 180_000,
    rotational: false,
  },
  listeners: [],
  docker: {
    state: "running",
    version: "20.10.24+dfsg1",
    storageDriver: "overlay2",
    cgroupVersion: "2",
    rootDir: "/var/lib/docker",
    securityOptions: "[name=seccomp,profile=default name=cgroupns]",
  },
  selinux: "disabled",
  clock: { offsetMs: 3, uncertaintyMs: 5, synchronised: true },
  names: {},
  reachability: { "198.18.0.12:2380": "refused", "198.18.0.13:2380": "open" },
};

export const NEED: Requirements = {
  dataRoot: "/var/lib/milvus-onprem",
  requiredPorts: [2379, 2380, 19500],
  address: "198.18.0.11",
  reachability: ["198.18.0.12:2380", "198.18.0.13:2380"],
  clusterId: "c-1",
};
