import { assess, findingText, type DataDirFacts, type HostFacts, type MountFacts } from "../../../lib/host";
import { GOOD, NEED } from "./facts";

const disk = (device: string, mount: string, filesystem = "xfs"): NonNullable<MountFacts["disk"]> => ({
  ...{ path: mount, device, mount, filesystem },
  ...{ totalMb: 900_000, freeMb: 890_000, rotational: false },
});
const drive = (n: number, more: Partial<MountFacts> = {}): MountFacts => ({
  ...{
    state: "mounted",
    deviceId: `${n}`,
    writable: true,
    used: false,
    disk: disk(`/dev/sd${n}`, `/mnt/d${n}`),
  },
  ...more,
});
const dir = (more: Partial<DataDirFacts> = {}): DataDirFacts => ({
  ...{ state: "absent", writable: true, content: "empty", disk: disk("/dev/nvme1n1", "/mnt/fast") },
  ...more,
});
const told = (facts: Partial<HostFacts>, need: object): string[] =>
  assess({ ...GOOD, ...facts }, { ...NEED, ...need }).map(
    (f) => `${f.severity} ${f.code}: ${findingText(f)}`,
  );

describe("mount points", () => {
  const look = (first: Partial<MountFacts>, second: Partial<MountFacts> = {}): string[] =>
    told(
      { mounts: { "/mnt/d1": drive(1, first), "/mnt/d2": drive(2, second) } },
      { mountPoints: ["/mnt/d1", "/mnt/d2"] },
    );

  test.each<[string, Partial<MountFacts>]>([
    ["good ones", {}],
    ["ext4", { disk: disk("/dev/sd1", "/mnt/d1", "ext4") }],
    ["data of this cluster: an apply is resumed, or a VM was set up anew", { used: true, clusterId: "c-1" }],
    ["an empty folder of another cluster", { clusterId: "c-2" }],
  ])("no finding: %s", (_title, first) => expect(look(first)).toEqual([]));

  test.each<[string, Partial<MountFacts>, RegExp]>([
    [
      "missing",
      { state: "missing" },
      /^error mount-missing: there is no mount point \/mnt\/d1: .*\/etc\/fstab/,
    ],
    [
      "not mounted",
      { state: "plain", disk: disk("/dev/vda1", "/") },
      /^error mount-plain: nothing is mounted at \/mnt\/d1: data would fill the disk of \/\. Mount the drive/,
    ],
    ["the root disk", { state: "root" }, /^error mount-root: \/mnt\/d1 is not a drive of its own/],
    ["read-only", { writable: false }, /^error mount-read-only: \/mnt\/d1 cannot be written to/],
    ["another cluster's", { used: true, clusterId: "c-2" }, /^error mount-used: .*holds data of cluster c-2/],
    [
      "somebody's",
      { used: true },
      /^error mount-used: .*\/mnt\/d1\/milvus-onprem holds files of unknown origin/,
    ],
    [
      "btrfs",
      { disk: disk("/dev/sd1", "/mnt/d1", "btrfs") },
      /^warning mount-kind: .*is btrfs, MinIO asks for XFS/,
    ],
    [
      "mounted twice",
      { deviceId: "2", disk: disk("/dev/sd2", "/mnt/d1") },
      /^error mount-shared: .*\/mnt\/d1, \/mnt\/d2/,
    ],
    ["two subvolumes", { disk: disk("/dev/sd2", "/mnt/d1") }, /^error mount-shared: .*are on \/dev\/sd2/],
  ])("%s", (_title, first, text) => expect(look(first)).toEqual([expect.stringMatching(text)]));
});

describe("data directories", () => {
  const look = (more: Partial<DataDirFacts>): string[] =>
    told({ dataDirs: { "/mnt/fast/etcd": dir(more) } }, { dataDirs: ["/mnt/fast/etcd"] });

  test.each<[string, Partial<DataDirFacts>]>([
    ["still to be made", {}],
    ["there and empty", { state: "directory" }],
    ["ours", { state: "directory", content: "own" }],
  ])("no finding: %s", (_title, more) => expect(look(more)).toEqual([]));

  test.each<[string, Partial<DataDirFacts>, RegExp]>([
    ["no parent", { state: "orphan" }, /^error data-dir: .*there is no \/mnt\/fast\. Mount its disk/],
    ["a file", { state: "file" }, /^error data-dir: \/mnt\/fast\/etcd is no directory/],
    [
      "a mount point",
      { state: "mount" },
      /^error data-dir: .*Give a directory on it, e.g. \/mnt\/fast\/etcd\/data/,
    ],
    ["read-only", { writable: false }, /^error data-dir: .*mounted read-only/],
    [
      "in use",
      { state: "directory", content: "foreign" },
      /^warning data-dir: .*holds files of something else/,
    ],
    [
      "full",
      { disk: { ...disk("/dev/nvme1n1", "/mnt/fast"), freeMb: 900 } },
      /^error disk-space: the disk is full: .* free on \/mnt\/fast, which holds \/mnt\/fast\/etcd/,
    ],
    [
      "on NFS",
      { disk: disk("nas:/x", "/mnt/fast", "nfs4") },
      /^warning disk-kind: \/mnt\/fast\/etcd is on a network/,
    ],
  ])("%s", (_title, more, text) => expect(look(more)).toEqual([expect.stringMatching(text)]));

  test("a small disk is told of once, whoever is on it", () => {
    const small = { ...GOOD.dataDisk!, freeMb: 20_000 };
    const dataDirs = { "/srv/a/etcd": dir({ disk: small }), "/srv/a/pulsar": dir({ disk: small }) };
    const found = told({ dataDisk: small, dataDirs }, { dataDirs: Object.keys(dataDirs) });
    expect(found).toEqual([expect.stringMatching(/^warning disk-space/)]);
  });
});

describe("SELinux", () => {
  const labelling = {
    docker: { ...GOOD.docker, securityOptions: "[name=seccomp,profile=builtin name=selinux]" },
  };
  const nfs = { dataDisk: { ...GOOD.dataDisk!, filesystem: "nfs4", mount: "/data" } };

  test.each<[string, Partial<HostFacts>]>([
    ["enforcing, Docker labels", { ...labelling, selinux: "enforcing" }],
    ["enforcing, Docker does not", { selinux: "enforcing" }],
    ["permissive", { ...labelling, selinux: "permissive" }],
  ])("is fine: %s", (_title, facts) => expect(told(facts, {})).toEqual([]));

  test("keeps containers from a file system without labels, where Docker goes by them", () => {
    const codes = (facts: Partial<HostFacts>): string[] =>
      told({ ...nfs, ...facts }, {}).map((t) => t.slice(0, 23));
    expect(codes({ ...labelling, selinux: "enforcing" })).toContain("warning selinux-labels:");
    expect(codes({ selinux: "enforcing" })).not.toContain("warning selinux-labels:");
    expect(codes({ ...labelling, selinux: "permissive" })).not.toContain("warning selinux-labels:");
  });
});

describe("proxies", () => {
  const docker = (noProxy: string): Partial<HostFacts> => ({
    docker: { ...GOOD.docker, proxy: { http: "", https: "http://proxy.example:3128", noProxy } },
  });
  const registries = ["10.0.0.5:5000", "quay.example"];

  test("a registry in the peers' network that Docker would ask a proxy for", () => {
    expect(told(docker("localhost"), { registries })).toEqual([
      expect.stringMatching(
        /^warning registry-proxy: .*registry 10\.0\.0\.5:5000: .*through http:\/\/proxy\.example:3128, and its NO_PROXY \(localhost\) lacks/,
      ),
    ]);
    expect(told(docker("10.0.0.0/8"), { registries })).toEqual([]);
    expect(told({}, { registries })).toEqual([]);
  });

  test("containers that would ask a proxy for other peers", () => {
    const injects = (noProxy: string): Partial<HostFacts> => ({
      docker: { ...GOOD.docker, containerProxy: { noProxy } },
    });
    expect(told(injects("198.18.0.11,198.18.0.12"), {})).toEqual([
      expect.stringMatching(/^warning container-proxy: .*no noProxy for 198\.18\.0\.13\. Add the addresses/),
    ]);
    expect(told(injects("198.18.0.0/15"), {})).toEqual([]);
  });
});

describe("IPv6", () => {
  const need = { address: "FD00:0:0::11", reachability: ["[fd00::12]:2380"] };
  const facts: Partial<HostFacts> = {
    addresses: ["127.0.0.1", "::1", "fd00::11"],
    reachability: { "[fd00::12]:2380": "refused" },
  };

  test("an address is the VM's own however it is written", () => {
    expect(told(facts, need)).toEqual([]);
    expect(told({ ...facts, addresses: ["::1", "fd00::99"] }, need)).toEqual([
      expect.stringMatching(/^error address: .*fd00::11 is not among fd00::99/),
    ]);
    expect(told(facts, { ...need, address: "0:0::1" })[0]).toMatch(/^error address: .*leads to loopback/);
  });

  test("a taken port is told with brackets", () => {
    const listeners = [{ port: 2379, address: "fd00::11", process: "etcd (pid 7)", own: false }];
    expect(told({ ...facts, listeners }, need)[0]).toMatch(/etcd \(pid 7\) listens on \[fd00::11\]:2379/);
  });
});
