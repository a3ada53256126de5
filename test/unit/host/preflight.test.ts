import { createServer, type AddressInfo, type Server } from "node:net";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { preflight, type PreflightOptions } from "../../../lib/host";
import { failure, localHost, type LocalHost } from "./support";
import { SYSTEMS } from "./systems";

let local: LocalHost;
let listener: Server;
let port: number;
beforeEach(async () => {
  local = await localHost();
  local.program("docker", "exit 1"); // the real one takes long, and differs from machine to machine
  listener = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  port = (listener.address() as AddressInfo).port;
});
afterEach(async () => {
  await local.stop();
  await new Promise((resolve) => listener.close(resolve));
});

function options(more: Partial<PreflightOptions> = {}): PreflightOptions {
  return {
    dataRoot: `${local.dir}/not/yet/there`,
    requiredPorts: [],
    reachability: [],
    reachabilitySeconds: 0,
    ...more,
  };
}

test("gathers what this machine is, in one round trip", async () => {
  const { facts } = await preflight(local.host, options());
  expect(local.server.commands).toHaveLength(1);
  expect(facts).toMatchObject({ hostname: hostname(), os: { system: "Linux" } });
  expect(facts.cpu.count).toBeGreaterThan(0);
  expect(facts.cpu.flags.length).toBeGreaterThan(3);
  expect(facts.memoryMb).toBeGreaterThan(100);
  expect(facts.addresses).toContain("127.0.0.1");
  expect(facts.dataDisk).toMatchObject({ path: local.dir });
  expect(facts.dataDisk!.freeMb).toBeGreaterThan(0);
  expect(facts.dataDisk!.totalMb).toBeGreaterThan(facts.dataDisk!.freeMb);
  expect(Math.abs(facts.clock.offsetMs)).toBeLessThanOrEqual(facts.clock.uncertaintyMs + 1);
});

test("tells a data directory of ours from an empty one and from somebody else's", async () => {
  const dataRoot = join(local.dir, "data");
  const state = async () => (await preflight(local.host, options({ dataRoot }))).facts.dataRoot;
  expect(await state()).toBe("empty");
  mkdirSync(join(dataRoot, "minio", "drive-1"), { recursive: true });
  expect(await state()).toBe("empty");
  writeFileSync(join(dataRoot, "letter.txt"), "dear");
  expect(await state()).toBe("foreign");
  writeFileSync(join(dataRoot, ".milvus-onprem"), "");
  expect(await state()).toBe("own");
});

test("sees who listens on the ports that are asked about, and only on those", async () => {
  const { facts, findings } = await preflight(local.host, options({ requiredPorts: [port] }));
  expect(facts.listeners).toEqual([expect.objectContaining({ port, address: "127.0.0.1", own: false })]);
  expect(findings.map((f) => f.code)).toContain("port-taken");
  expect((await preflight(local.host, options({ requiredPorts: [1] }))).facts.listeners).toEqual([]);
});

test("knows its own containers by name and by compose project", async () => {
  const id = "a".repeat(64);
  local.program("ss", `echo State; echo 'LISTEN 0 1 0.0.0.0:2379 0.0.0.0:* users:(("etcd",pid=77,fd=3))'`);
  local.program("sed", `case "$*" in */proc/77/cgroup) echo ${id} ;; *) exec /usr/bin/sed "$@" ;; esac`);
  const run = async (name: string, project: string) => {
    const ps = `printf 'container\\t${id}\\t${name}\\t${project}\\n'`;
    local.program("docker", `case $1 in version) echo 24.0.7 ;; ps) ${ps} ;; *) echo x ;; esac`);
    return (await preflight(local.host, options({ requiredPorts: [2379] }))).facts.listeners;
  };
  const etcd = { port: 2379, address: "0.0.0.0", process: "etcd (pid 77)" };
  expect(await run("milvus-etcd-1", "milvus")).toEqual([{ ...etcd, container: "milvus-etcd-1", own: true }]);
  expect(await run("milvus-onprem", "")).toEqual([{ ...etcd, container: "milvus-onprem", own: true }]);
  expect(await run("etcd-1", "other")).toEqual([{ ...etcd, container: "etcd-1", own: false }]);
});

test.each<[string, string, object]>([
  [
    "running",
    `case $1 in version) echo 24.0.7 ;; info) printf 'overlay2\\t/srv/docker\\t[]\\t2\\n' ;; esac`,
    {
      state: "running",
      version: "24.0.7",
      storageDriver: "overlay2",
      rootDir: "/srv/docker",
      cgroupVersion: "2",
    },
  ],
  ["stopped", "echo 'Cannot connect to the Docker daemon' >&2; exit 1", { state: "stopped" }],
  ["podman in disguise", "echo 'podman version 4.9.4'", { state: "podman" }],
  [
    "Podman at Docker's socket",
    `case $1 in version) echo '5.2.2 Podman Engine Conmon ' ;; *) echo 'Docker version 27.3.1' ;; esac`,
    { state: "podman" },
  ],
  [
    "behind a proxy, whose password stays on the VM",
    `case $1 in version) echo '27.3.1 Engine containerd runc ' ;;
     info) printf 'overlay2\\t/var/lib/docker\\t[name=selinux]\\t2\\thttp://bob:s3cret@proxy:3128\\thttp://bob:s3/@x@proxy:3129\\t10.0.0.0/8' ;; esac`,
    {
      version: "27.3.1",
      securityOptions: "[name=selinux]",
      proxy: { http: "http://proxy:3128", https: "http://proxy:3129", noProxy: "10.0.0.0/8" },
    },
  ],
])("tells Docker that is %s", async (_title, script, expected) => {
  local.program("docker", script);
  expect((await preflight(local.host, options())).facts.docker).toMatchObject(expected);
});

test("Docker that is missing beside Podman is not taken for Podman: Docker can be installed", async () => {
  mkdirSync(join(local.dir, "base"));
  const needed = "sh df tail dirname stat find cat grep head mountpoint awk sed tr date uname base64 cut";
  for (const p of needed.split(" ")) symlinkSync(`/usr/bin/${p}`, join(local.dir, "base", p));
  symlinkSync("/bin/true", join(local.dir, "base/podman"));
  local.program("env", `shift; PATH="$DIR/base" exec "$@"`);
  const look = async (installDocker: boolean) => {
    const { facts, findings } = await preflight(local.host, options({ installDocker }));
    expect(facts.docker).toEqual({ state: "missing", podman: true });
    return findings.filter((f) => f.code.startsWith("docker")).map((f) => f.why);
  };
  expect(await look(false)).toEqual([expect.stringMatching(/only Podman, which is not supported/)]);
  expect(await look(true)).toEqual([]);
});

test.each(Object.entries(SYSTEMS))("knows %s", async (_name, osRelease) => {
  local.system(osRelease);
  const { os } = (await preflight(local.host, options())).facts;
  const [, id] = /^ID="?([a-z-]+)"?$/m.exec(osRelease)!;
  const [, name] = /^PRETTY_NAME="(.*)"$/m.exec(osRelease)!;
  expect(os).toMatchObject({ system: "Linux", id, name });
  expect(os.version).toMatch(/^\d+/);
});

test.each([
  ["1", "enforcing"],
  ["0", "permissive"],
  [undefined, "disabled"],
])("SELinux: %s is %s", async (enforce, expected) => {
  mkdirSync(join(local.dir, "sys/fs/selinux"), { recursive: true });
  if (enforce) writeFileSync(join(local.dir, "sys/fs/selinux/enforce"), enforce);
  expect((await preflight(local.host, options())).facts.selinux).toBe(expected);
});

test("sees what Docker gives to containers of root's, and nothing else of that file", async () => {
  local.program("docker", `case $1 in version) echo 27.3.1 ;; esac`);
  local.program("env", `HOME="$DIR" exec /usr/bin/env "$@"`);
  mkdirSync(join(local.dir, ".docker"));
  const auths = { "registry.example": { auth: "c2VjcmV0" } };
  const seen = async (config: object) => {
    writeFileSync(join(local.dir, ".docker/config.json"), JSON.stringify({ auths, ...config }, null, 1));
    return (await preflight(local.host, options())).facts.docker.containerProxy;
  };
  expect(await seen({})).toBeUndefined();
  const httpProxy = "http://bob:s3cret@proxy:3128";
  expect(await seen({ proxies: { default: { httpProxy } } })).toEqual({ noProxy: "" });
  expect(await seen({ proxies: { default: { httpProxy, noProxy: "10.0.0.0/8,.example" } } })).toEqual({
    noProxy: "10.0.0.0/8,.example",
  });
});

describe("drives and data directories", () => {
  /** A file system of its own on every Linux. */
  const MOUNT = "/dev/shm";
  const at = (name: string): string => join(local.dir, name);

  test("tells mount points from directories, and what is in use", async () => {
    for (const name of ["plain", "mine/milvus-onprem"]) mkdirSync(at(name), { recursive: true });
    writeFileSync(at("file"), "");
    writeFileSync(at("mine/.milvus-onprem"), "c-7\n");
    writeFileSync(at("mine/milvus-onprem/format.json"), "{}");
    const mountPoints = [MOUNT, "/", at("plain"), at("file"), at("none"), at("mine")];
    const { mounts } = (await preflight(local.host, options({ mountPoints }))).facts;
    expect(mountPoints.map((path) => mounts[path]?.state)).toEqual([
      ...["mounted", "root", "plain", "file", "missing", "plain"],
    ]);
    expect(mounts[MOUNT]).toMatchObject({ writable: true, disk: { mount: MOUNT, filesystem: "tmpfs" } });
    expect(mounts[MOUNT]!.deviceId).not.toBe(mounts["/"]!.deviceId);
    expect(mounts[at("mine")]).toMatchObject({ used: true, clusterId: "c-7" });
    expect(mounts[at("plain")]).toMatchObject({ used: false, clusterId: undefined });
  });

  test("tells data directories that can be made from those that cannot", async () => {
    for (const name of ["empty", "foreign", "own", "etc/milvus-onprem"])
      mkdirSync(at(name), { recursive: true });
    for (const name of ["foreign", "own"]) writeFileSync(join(at(name), "db"), "data");
    writeFileSync(at("etc/milvus-onprem/places"), `dir ${at("own")}\n`);
    const dataDirs = [MOUNT, at("empty"), at("foreign"), at("own"), at("new"), at("no/parent")];
    const { facts } = await preflight(local.host, options({ dataDirs }));
    expect(dataDirs.map((path) => [facts.dataDirs[path]?.state, facts.dataDirs[path]?.content])).toEqual([
      ["mount", expect.anything()],
      ["directory", "empty"],
      ["directory", "foreign"],
      ["directory", "own"],
      ["absent", "empty"],
      ["orphan", "empty"],
    ]);
    expect(facts.dataDirs[at("new")]).toMatchObject({ writable: true, disk: { path: local.dir } });
  });
});

test("reaches peers by IPv6 address", async () => {
  const six = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => six.listen(0, "::1", resolve));
  const target = `[::1]:${(six.address() as AddressInfo).port}`;
  const { facts } = await preflight(local.host, options({ reachability: [target, "[::1]:1"] }));
  await new Promise((resolve) => six.close(resolve));
  expect(facts.reachability).toEqual({ [target]: "open", "[::1]:1": "refused" });
  expect(facts.names).toEqual({});
});

test("tells open from refused from unreachable, all at once", async () => {
  const open = `127.0.0.1:${port}`;
  const targets = [open, "127.0.0.1:1", "255.255.255.255:2380", "no-such-host.invalid:2380"];
  const { facts, findings } = await preflight(local.host, options({ reachability: targets }));
  expect(facts.reachability).toEqual({
    [open]: "open",
    "127.0.0.1:1": "refused",
    "255.255.255.255:2380": "unreachable",
    "no-such-host.invalid:2380": "unreachable",
  });
  expect(facts.names).toEqual({ "no-such-host.invalid": [] });
  const codes = findings.filter((f) => f.severity === "error").map((f) => f.what);
  expect(codes).toEqual(
    expect.arrayContaining([
      "cannot resolve no-such-host.invalid",
      "cannot reach 255.255.255.255:2380 from the VM",
    ]),
  );
});

test("keeps the answers of many peers apart", async () => {
  const targets = Array.from({ length: 100 }, (_, i) => `127.0.0.1:${i + 1}`);
  local.program("timeout", `until [ -e "$DIR/go" ]; do sleep 0.02; done; echo refused; exit 1`);
  local.program("uname", `touch "$DIR/go"; exec /usr/bin/uname "$@"`); // lets all answer together, while the script goes on
  const { facts } = await preflight(local.host, options({ reachability: targets }));
  expect(Object.keys(facts.reachability).sort()).toEqual(targets.sort());
});

test("tries a peer that does not answer again: it may be booting", async () => {
  local.program("timeout", `shift; [ -e "$DIR/up" ] && exit 0; touch "$DIR/up"; exit 124`);
  const { facts } = await preflight(
    local.host,
    options({ reachability: ["198.18.9.9:2380"], reachabilitySeconds: 20 }),
  );
  expect(facts.reachability).toEqual({ "198.18.9.9:2380": "open" });
});

test("does not wait for a listener where a connection is refused", async () => {
  const { facts } = await preflight(
    local.host,
    options({ reachability: ["127.0.0.1:1"], reachabilitySeconds: 600 }),
  );
  expect(facts.reachability).toEqual({ "127.0.0.1:1": "refused" });
});

test("measures the clock against the middle of the round trip", async () => {
  local.program("date", `exec /usr/bin/date -d '-5 minutes' "$@"`);
  const { facts, findings } = await preflight(local.host, options());
  expect(Math.abs(facts.clock.offsetMs + 300_000)).toBeLessThanOrEqual(facts.clock.uncertaintyMs + 1000);
  expect(findings.find((f) => f.code === "clock")?.why).toMatch(/behind the clock of this machine/);
});

test("a script that breaks off is an error, not a VM without faults", async () => {
  local.program("env", `printf 'clock\\t1\\nhostname\\tvm1\\n'`);
  expect((await failure(preflight(local.host, options()))).message).toMatch(
    /look at the host failed: .*broke off/,
  );
});
