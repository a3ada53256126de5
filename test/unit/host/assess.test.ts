import { assess, findingText, type HostFacts, type Requirements } from "../../../lib/host";
import { GOOD, NEED } from "./facts";

type Change = (f: HostFacts) => Partial<HostFacts>;
type Case = [title: string, facts: Change, severity: "error" | "warning", code: string, text: RegExp];

const disk = (more: Partial<NonNullable<HostFacts["dataDisk"]>>) => (f: HostFacts) => ({
  dataDisk: { ...f.dataDisk!, ...more },
});
const docker = (more: Partial<HostFacts["docker"]>) => (f: HostFacts) => ({
  docker: { ...f.docker, ...more },
});
const clock =
  (offsetMs: number, uncertaintyMs = 5) =>
  () => ({ clock: { offsetMs, uncertaintyMs } });
const etcd = { port: 2379, address: "0.0.0.0", process: "etcd (pid 812)", own: false };

test("a good VM has no findings", () => {
  expect(assess(GOOD, NEED)).toEqual([]);
});

const cases: Case[] = [
  [
    "other OS",
    (f) => ({ os: { ...f.os, system: "FreeBSD" } }),
    "error",
    "os",
    /it runs FreeBSD\. Use a Linux VM/,
  ],
  [
    "other CPU",
    () => ({ arch: "riscv64" }),
    "error",
    "arch",
    /it is riscv64\. Use a VM of x86_64 or aarch64/,
  ],
  [
    "no SIMD",
    () => ({ cpu: { count: 8, flags: ["sse2"] } }),
    "error",
    "cpu-simd",
    /none of SSE4.2, AVX.*host-passthrough/,
  ],
  ["no AVX2", () => ({ cpu: { count: 8, flags: ["sse4_2"] } }), "warning", "cpu-simd", /no AVX2/],
  [
    "one CPU",
    (f) => ({ cpu: { ...f.cpu, count: 1 } }),
    "warning",
    "cpus",
    /few CPUs: 1, Milvus advises at least 2/,
  ],
  ["1 GB of memory", () => ({ memoryMb: 970 }), "error", "memory", /too little memory: 0.9 GiB/],
  [
    "4 GB of memory",
    () => ({ memoryMb: 3900 }),
    "warning",
    "memory",
    /little memory: 3.8 GiB, Milvus advises 8 GiB/,
  ],
  [
    "full disk",
    disk({ freeMb: 900 }),
    "error",
    "disk-space",
    /the disk is full: 0.9 GiB of 195.3 GiB free on \/, .*at least 5 GiB/,
  ],
  [
    "small disk",
    disk({ freeMb: 20_000 }),
    "warning",
    "disk-space",
    /little disk space: 19.5 GiB .*50 GiB or more is advised/,
  ],
  ["data in memory", disk({ filesystem: "tmpfs" }), "warning", "disk-kind", /lost with the next restart/],
  ["data on NFS", disk({ filesystem: "nfs4" }), "warning", "disk-kind", /network file system: \/ is nfs4/],
  [
    "rotating disk",
    disk({ rotational: true, device: "/dev/sda1" }),
    "warning",
    "disk-kind",
    /rotating disk: \/dev\/sda1 says so/,
  ],
  [
    "data directory in use",
    () => ({ dataRoot: "foreign" }),
    "warning",
    "data-root",
    /holds files of something else/,
  ],
  [
    "no room for images",
    (f) => ({ dockerDisk: { ...f.dockerDisk!, mount: "/var/lib/docker", freeMb: 500 } }),
    "error",
    "docker-disk",
    /0.5 GiB free on \/var\/lib\/docker/,
  ],
  [
    "no Docker",
    () => ({ docker: { state: "missing" } }),
    "error",
    "docker-missing",
    /Docker is missing: .*debian VM\. Install Docker Engine, or set install_docker = true/,
  ],
  ["Podman", () => ({ docker: { state: "podman" } }), "error", "docker-podman", /Podman is not supported/],
  [
    "old Docker",
    docker({ version: "19.03.15" }),
    "error",
    "docker-old",
    /the engine is 19.03.15, at least 20.10 is needed/,
  ],
  [
    "rootless Docker",
    docker({ securityOptions: "[name=seccomp name=rootless]" }),
    "error",
    "docker-mode",
    /rootless mode/,
  ],
  [
    "slow storage driver",
    docker({ storageDriver: "vfs" }),
    "warning",
    "docker-storage",
    /it is vfs\. Use overlay2/,
  ],
  [
    "clock 5 min ahead",
    clock(300_000),
    "error",
    "clock",
    /it is 5 min 0 s ahead of the clock of this machine/,
  ],
  ["clock 5 min behind", clock(-300_000), "error", "clock", /it is 5 min 0 s behind/],
  ["clock 3 s off", clock(3_100), "warning", "clock", /it is 3.1 s ahead/],
  [
    "clock not synchronised",
    () => ({ clock: { offsetMs: 0, uncertaintyMs: 5, synchronised: false } }),
    "warning",
    "clock-unsynchronised",
    /timedatectl says so/,
  ],
  [
    "foreign address",
    () => ({ addresses: ["127.0.0.1", "198.18.0.99"] }),
    "error",
    "address",
    /198.18.0.11 is not among 198.18.0.99/,
  ],
  [
    "port taken",
    () => ({ listeners: [etcd] }),
    "error",
    "port-taken",
    /port 2379 is taken: etcd \(pid 812\) listens on 0.0.0.0:2379\. Stop it, or choose another port/,
  ],
  [
    "port taken by a container",
    () => ({ listeners: [{ ...etcd, container: "other-etcd-1" }] }),
    "error",
    "port-taken",
    /etcd \(pid 812\) in container other-etcd-1 listens/,
  ],
  ["ports unknown", () => ({ listeners: undefined }), "warning", "ports-unknown", /the VM has no ss/],
  [
    "peer does not answer",
    (f) => ({ reachability: { ...f.reachability, "198.18.0.12:2380": "timeout" } }),
    "error",
    "unreachable",
    /cannot reach 198.18.0.12:2380 from the VM: no answer/,
  ],
  [
    "no route to peer",
    (f) => ({ reachability: { ...f.reachability, "198.18.0.12:2380": "unreachable" } }),
    "error",
    "unreachable",
    /no route to it, or a firewall forbids it/,
  ],
  [
    "reachability unknown",
    (f) => ({ reachability: { ...f.reachability, "198.18.0.12:2380": "unknown" } }),
    "warning",
    "reachability-unknown",
    /no bash/,
  ],
  [
    "of another cluster",
    () => ({ identity: { clusterId: "c-2", name: "peer-9" } }),
    "error",
    "other-cluster",
    /it is peer "peer-9" of cluster c-2/,
  ],
];

test.each(cases)("%s", (_title, change, severity, code, text) => {
  const findings = assess({ ...GOOD, ...change(GOOD) }, NEED);
  expect(findings.map((f) => [f.severity, f.code])).toEqual([[severity, code]]);
  expect(findingText(findings[0]!)).toMatch(text);
});

const fine: [string, Change, Partial<Requirements>?][] = [
  ["ports held by our own containers: an apply is resumed", () => ({ listeners: [{ ...etcd, own: true }] })],
  ["ports of others that we do not need", () => ({ listeners: [{ ...etcd, port: 22 }] })],
  [
    "Docker missing where it may be installed",
    () => ({ docker: { state: "missing" } }),
    { installDocker: true },
  ],
  ["Docker stopped: it gets started", () => ({ docker: { state: "stopped" } })],
  ["ARM has no SSE to miss", () => ({ arch: "aarch64", cpu: { count: 4, flags: ["asimd"] } })],
  ["a slow line: the offset may be all delay", clock(40_000, 39_000)],
  ["the same cluster again", () => ({ identity: { clusterId: "c-1", name: "peer-1" } })],
  ["images and data on one disk count once", disk({})],
  ["a disk of unknown kind", disk({ rotational: undefined })],
];

test.each(fine)("no finding: %s", (_title, change, need = {}) => {
  expect(assess({ ...GOOD, ...change(GOOD) }, { ...NEED, ...need })).toEqual([]);
});

describe("addresses that are names", () => {
  const need = { ...NEED, address: "vm1.example", reachability: ["vm2.example:2380"] };
  const reachability = { "vm2.example:2380": "refused" as const };
  const resolved = { "vm1.example": ["198.18.0.11"], "vm2.example": ["198.18.0.12"] };

  test.each<[string, HostFacts["names"], string[]]>([
    ["resolve", resolved, []],
    ["do not resolve", { ...resolved, "vm2.example": [] }, ["cannot resolve vm2.example"]],
    [
      "lead to loopback",
      { ...resolved, "vm1.example": ["127.0.1.1"] },
      ["the peer's address leads to loopback"],
    ],
    [
      "lead elsewhere",
      { ...resolved, "vm1.example": ["198.18.0.99"] },
      ["the peer's address is not one of the VM"],
    ],
  ])("%s", (_title, names, expected) => {
    expect(assess({ ...GOOD, names, reachability }, need).map((f) => f.what)).toEqual(expected);
  });
});

test("everything wrong is told at once, errors first", () => {
  const worst = {
    ...GOOD,
    memoryMb: 3900,
    docker: { state: "missing" as const },
    listeners: [etcd, { ...etcd, address: "::" }, { ...etcd, port: 2380 }],
    clock: { offsetMs: 300_000, uncertaintyMs: 1 },
  };
  const findings = assess(worst, NEED);
  expect(findings.map((f) => f.code)).toEqual([
    "docker-missing",
    "clock",
    "port-taken",
    "port-taken",
    "memory",
  ]);
  for (const f of findings) for (const part of [f.what, f.why, f.fix]) expect(part).toMatch(/^\S.*[^.\s]$/);
});
