import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ensureDocker } from "../../../lib/host";
import { failure, localHost, type LocalHost } from "./support";

let local: LocalHost;
beforeEach(async () => {
  local = await localHost();
  // nothing but what any system has: no docker, no package manager
  const base = join(local.dir, "base");
  mkdirSync(base);
  for (const p of ["sh", "timeout", "tail", "seq", "sleep", "grep", "touch", "cp", "chmod"])
    symlinkSync(`/usr/bin/${p}`, join(base, p));
  local.program("env", `shift; PATH="$DIR/bin:$DIR/base" exec "$@"`);
});
afterEach(() => local.stop());

const engine = (version: string): string => `[ "$1" != version ] || echo ${version}`;
/** An engine that answers once `up` is there. */
const startable = `[ "$1" = version ] && [ -e "$DIR/up" ] && echo 24.0.7`;
/** Places the docker command, as a package would. */
const installs = `echo "$0 $*" >> "$DIR/installed"; case "$*" in *docker*) cp "$DIR/bin/package" "$DIR/bin/docker"; cp "$DIR/bin/package" "$DIR/bin/dockerd" ;; esac`;

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

test.each([
  ["apt-get", /apt-get update[^]*apt-get install .*DPkg::Lock::Timeout=300 docker.io/],
  ["dnf", /dnf install -q -y docker/],
  ["yum", /yum install -q -y docker/],
  ["zypper", /zypper --non-interactive --quiet install docker/],
])("installs with %s where allowed, and starts the engine", async (manager, expected) => {
  local.program("package", startable);
  local.program(manager, installs);
  local.program("systemctl", `[ "$*" = "enable --now docker" ] && touch "$DIR/up"`);
  expect(await ensureDocker(local.host, { install: true })).toBe("24.0.7");
  expect(readFileSync(join(local.dir, "installed"), "utf8")).toMatch(expected);
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
  ["podman in disguise", "echo podman version 4.9.4", /Podman is not supported/],
  ["too old", engine("19.03.15"), /the engine is 19.03.15, at least 20.10 is needed/],
])("%s is refused", async (_title, script, message) => {
  local.program("docker", script);
  expect((await failure(ensureDocker(local.host, { install: true }))).message).toMatch(message);
});
