import { createServer, type AddressInfo, type Server } from "node:net";
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { preflight, type PreflightOptions } from "../../../lib/host";
import { failure, localHost, type LocalHost } from "./support";

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
])("tells Docker that is %s", async (_title, script, expected) => {
  local.program("docker", script);
  expect((await preflight(local.host, options())).facts.docker).toMatchObject(expected);
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
