import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { directHosts, ensureDocker } from "../../../lib/host";
import { failure, localHost, type LocalHost } from "./support";
import { SYSTEMS, type System } from "./systems";

let local: LocalHost;
beforeEach(async () => {
  local = await localHost();
  // nothing but what any system has: no docker, no package manager
  const base = join(local.dir, "base");
  mkdirSync(base);
  for (const p of [
    "sh",
    "timeout",
    "tail",
    "seq",
    "sleep",
    "grep",
    "touch",
    "cp",
    "chmod",
    "cat",
    "ls",
    "mkdir",
    "rm",
    "basename",
  ])
    symlinkSync(`/usr/bin/${p}`, join(base, p));
  local.program("env", `[ $# -gt 0 ] || exec /usr/bin/env; shift; PATH="$DIR/bin:$DIR/base" exec "$@"`);
});
afterEach(() => local.stop());

const engine = (version: string): string => `[ "$1" != version ] || echo ${version}`;
/** An engine that answers once `up` is there. */
const startable = `[ "$1" = version ] && [ -e "$DIR/up" ] && echo 24.0.7`;

test("leaves a running engine alone and says its version", async () => {
  local.program("docker", engine("20.10.24+dfsg1"));
  expect(await ensureDocker(local.host, { install: false })).toBe("20.10.24+dfsg1");
});

test("asks nothing when the preflight has seen it running", async () => {
  const facts = { docker: { state: "running" as const, version: "24.0.7" } };
  expect(await ensureDocker(local.host, { install: false, facts })).toBe("24.0.7");
  expect(local.server.commands).toEqual([]);
});

test("missing, and not to be installed: says so and how to allow it", async () => {
  const error = await failure(ensureDocker(local.host, { install: false }));
  expect(error.kind).toBe("docker");
  expect(error.message).toMatch(/Docker is missing: there is no docker command.*install_docker = true/);
});

/** A package manager that has these packages; notes what it installs. */
const manager = (has: string): string => `
echo "$(basename "$0") $*" >> "$DIR/managed"
for last; do :; done
known() { case " ${has} " in *" $1 "*) ;; *) return 1 ;; esac; }
case "$*" in
  *"policy docker-ce"*) known docker-ce && echo '  Candidate: 5:27.3.1-1' || echo '  Candidate: (none)' ;;
  *"list docker-ce"*) known docker-ce || { echo 'Error: No matching Packages to list' >&2; exit 1; } ;;
  *install*) known "$last" || { echo "no $last" >&2; exit \${NOT_FOUND:-1}; }
    env | grep -i _proxy > "$DIR/environment"
    ls "$DIR/etc/systemd/system/docker.service.d" > "$DIR/units-at-install" 2>/dev/null
    cp "$DIR/bin/package" "$DIR/bin/docker" ;;
esac
true`;

function system(name: System, managers: readonly string[], has: string): void {
  local.system(SYSTEMS[name]);
  local.program("package", startable);
  for (const m of managers) local.program(m, manager(has));
  local.program("systemctl", `[ "$*" != "enable --now docker" ] || touch "$DIR/up"`);
}

const APT = ["apt-get", "apt-cache"];
const managed = (): string =>
  existsSync(join(local.dir, "managed")) ? readFileSync(join(local.dir, "managed"), "utf8") : "";

test.each<[System, string[], string, string]>([
  [
    "debian",
    APT,
    "docker.io",
    "apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 docker.io",
  ],
  ["ubuntu", APT, "docker.io docker-ce containerd.io", "docker-ce docker-ce-cli containerd.io"],
  [
    "rhel",
    ["dnf", "yum"],
    "docker-ce containerd.io",
    "dnf install -q -y docker-ce docker-ce-cli containerd.io",
  ],
  [
    "rocky",
    ["dnf", "yum"],
    "docker-ce containerd.io",
    "dnf install -q -y docker-ce docker-ce-cli containerd.io",
  ],
  ["amazon", ["dnf", "yum"], "docker", "dnf install -q -y docker"],
  ["amazon2", ["yum"], "docker", "yum install -q -y docker"],
  ["fedora", ["dnf"], "moby-engine docker", "dnf install -q -y moby-engine"],
  [
    "fedora",
    ["dnf"],
    "moby-engine docker-ce containerd.io",
    "dnf install -q -y docker-ce docker-ce-cli containerd.io",
  ],
  ["sles", ["zypper"], "docker", "zypper --non-interactive --quiet install docker"],
  ["leap", ["zypper"], "docker", "zypper --non-interactive --quiet install docker"],
])("%s with %j and the packages %s: %s", async (name, managers, has, expected) => {
  system(name, managers, has);
  expect(await ensureDocker(local.host, { install: true })).toBe("24.0.7");
  expect(managed()).toContain(`${expected}\n`);
});

test.each<[System, string]>([
  ["rhel", "docs.docker.com/engine/install/rhel"],
  ["rocky", "docs.docker.com/engine/install/centos"],
  ["alma", "docs.docker.com/engine/install/centos"],
  ["centos", "docs.docker.com/engine/install/centos"],
])(
  "%s without Docker's own repository: says what to do, installs no Podman in its place",
  async (name, page) => {
    system(name, ["dnf"], "docker podman-docker");
    const error = await failure(ensureDocker(local.host, { install: true }));
    expect(error.kind).toBe("docker");
    expect(error.message).toMatch(
      /has no Docker of its own.*repository is not set up.*nothing has been installed/,
    );
    expect(error.message).toContain(page);
    expect(managed()).not.toMatch(/install/);
  },
);

test("SLES without the Containers Module: says which", async () => {
  system("sles", ["zypper"], "");
  local.program("zypper", "echo \"No provider of 'docker' found.\" >&2; exit 104");
  const error = await failure(ensureDocker(local.host, { install: true }));
  expect(error.message).toMatch(/cannot install Docker: .*Activate the Containers Module/);
});

test("a repository that cannot be asked is not taken for one that is not there", async () => {
  system("rocky", ["dnf"], "");
  local.program("dnf", "echo 'Error: Failed to download metadata for repo' >&2; exit 1");
  const error = await failure(ensureDocker(local.host, { install: true }));
  expect(error.message).toMatch(/exit code 1: Error: Failed to download metadata/);
});

describe("behind a proxy", () => {
  const url = "http://bob:s3c%23ret@proxy.example:3128";
  const proxy = { url, noProxy: ["127.0.0.1", "10.0.0.11", "fd00::12"] };
  const unit = (): string => join(local.dir, "etc/systemd/system/docker.service.d/milvus-onprem-proxy.conf");

  test("packages come through it, and the engine that is installed finds it from its first start", async () => {
    system("debian", APT, "docker.io");
    await ensureDocker(local.host, { install: true, proxy });
    const environment = readFileSync(join(local.dir, "environment"), "utf8");
    expect(environment).toContain(`https_proxy=${url}\n`);
    expect(environment).toContain("no_proxy=127.0.0.1,10.0.0.11,fd00::12\n");
    expect(readFileSync(join(local.dir, "units-at-install"), "utf8")).toBe("milvus-onprem-proxy.conf\n");
    expect(readFileSync(unit(), "utf8")).toBe(`# Made by milvus-onprem when it installed Docker.
[Service]
Environment="HTTP_PROXY=http://bob:s3c%%23ret@proxy.example:3128"
Environment="HTTPS_PROXY=http://bob:s3c%%23ret@proxy.example:3128"
Environment="NO_PROXY=127.0.0.1,10.0.0.11,fd00::12"
`);
    expect(statSync(unit()).mode & 0o777).toBe(0o600);
  });

  test("its password is in no command line and in no error, and nothing is left of a failed installation", async () => {
    system("debian", APT, "docker.io");
    local.program("apt-get", `echo "407 of $http_proxy, password s3c#ret" >&2; exit 100`);
    const error = await failure(ensureDocker(local.host, { install: true, proxy }));
    expect(error.message).toContain("407 of http://***@proxy.example:3128, password ***");
    expect([error.message, error.stack, ...local.server.commands].join()).not.toMatch(/s3c/);
    expect(existsSync(unit())).toBe(false);
  });

  test("an engine that was there is left as it is", async () => {
    local.program("docker", engine("27.3.1"));
    await ensureDocker(local.host, { install: true, proxy });
    expect(existsSync(unit())).toBe(false);
  });

  test("peers, loopback and a registry in their network are asked directly", () => {
    const peers = ["10.0.0.11", "10.0.0.12:2380", "10.0.0.12:9000", "[fd00::13]:2380"];
    const always = ["localhost", "127.0.0.1", "::1", "10.0.0.11", "10.0.0.12", "fd00::13"];
    expect(directHosts(peers, "quay.example/a/b:1")).toEqual(always);
    expect(directHosts(peers, "registry:5000/a/b:1")).toEqual([...always, "registry"]);
    expect(directHosts(peers, "10.0.0.5:5000/a/b:1")).toEqual([...always, "10.0.0.5"]);
  });
});

test("starts an engine that is stopped, though nothing may be installed", async () => {
  local.program("docker", startable);
  local.program("systemctl", `touch "$DIR/up"`);
  expect(await ensureDocker(local.host, { install: false })).toBe("24.0.7");
  expect(existsSync(join(local.dir, "up"))).toBe(true);
});

test("no package manager that has it", async () => {
  const error = await failure(ensureDocker(local.host, { install: true }));
  expect(error.message).toMatch(/cannot install Docker: none of apt-get, dnf, yum and zypper has it/);
});

test("a failed installation shows what the package manager said", async () => {
  local.program("apt-get", "echo 'E: Unable to locate package docker.io' >&2; exit 100");
  const error = await failure(ensureDocker(local.host, { install: true }));
  expect(error.kind).toBe("docker");
  expect(error.message).toMatch(
    /install and start Docker failed: exit code 100: E: Unable to locate package/s,
  );
});

test("an engine that does not start shows why", async () => {
  local.program("docker", "exit 1");
  local.program("systemctl", "echo 'Job for docker.service failed' >&2; exit 1");
  expect((await failure(ensureDocker(local.host, { install: false }))).message).toMatch(
    /start Docker failed: .*Job for docker.service failed/s,
  );
});

test.each([
  [
    "podman-docker, which is podman in disguise",
    "echo podman version 4.9.4",
    /Podman is not supported, as root neither/,
  ],
  [
    "Docker's command before Podman's socket",
    `case $1 in version) echo "5.2.2 Podman Engine Conmon OCI Runtime (crun)" ;; *) echo "Docker version 27.3.1" ;; esac`,
    /Podman is not supported.*disable podman.socket if it listens at/,
  ],
  ["too old", engine("19.03.15"), /the engine is 19.03.15, at least 20.10 is needed/],
])("%s is refused", async (_title, script, message) => {
  local.program("docker", script);
  expect((await failure(ensureDocker(local.host, { install: true }))).message).toMatch(message);
});
