import type { HostFacts } from "./facts";
import { error, warning, type Finding } from "./finding";
import { MIN_DOCKER, type Requirements } from "./requirements";

/** Docker: there, new enough, of a kind that works. A stopped engine is no finding: it gets started. */
export function assessDocker({ docker, os }: HostFacts, r: Requirements): Finding[] {
  if (docker.state === "podman") return [error("docker-podman", ...PODMAN)];
  if (docker.state === "missing")
    return r.installDocker ? [] : [error("docker-missing", ...missing(os.id, docker.podman))];
  if (docker.state === "stopped") return [];
  if (docker.version !== undefined && !isAtLeast(docker.version, MIN_DOCKER)) {
    return [error("docker-old", ...tooOld(docker.version))];
  }
  return [...security(docker.securityOptions ?? ""), ...storage(docker.storageDriver)];
}

type Words = [what: string, why: string, fix: string];

export const PODMAN: Words = [
  "Podman is not supported, as root neither",
  "what answers here as docker is Podman; the daemon drives Docker's API, with Compose and restart policies across reboots",
  "Install Docker Engine instead of podman-docker, and disable podman.socket if it listens at /var/run/docker.sock",
];

export function missing(osId: string, podman = false): Words {
  const on = `this ${osId || "Linux"} VM`;
  const why = podman
    ? `there is no docker command on ${on}, only Podman, which is not supported`
    : `there is no docker command on ${on}`;
  const fix = `Install Docker Engine${sourceOf(osId)}, or set install_docker = true (installDocker: true) to have it installed`;
  return ["Docker is missing", why, fix];
}

/** Systems that have Podman in place of Docker, by ID of /etc/os-release. */
const WITHOUT_DOCKER = ["rhel", "centos", "rocky", "almalinux", "ol"];
const SUSE = /^(sles|sled|suse)/;

/** Why the package manager has no Docker, and where to get it. */
export function notInstallable(osId: string): Words {
  const what = "cannot install Docker";
  if (WITHOUT_DOCKER.includes(osId)) {
    const why = `${osId} has no Docker of its own, and Docker's package repository is not set up on the VM; nothing has been installed`;
    return [what, why, `Set up that repository as ${guide(osId)} says (its first step), and run this again`];
  }
  if (SUSE.test(osId)) {
    const why = `none of the VM's repositories has the package docker; nothing has been installed`;
    return [
      what,
      why,
      "Activate the Containers Module (SUSEConnect --list-extensions names it), and run this again",
    ];
  }
  const why = `none of apt-get, dnf, yum and zypper has it on ${osId || "this system"}`;
  return [what, why, "Install Docker Engine yourself, see docs.docker.com/engine/install"];
}

function sourceOf(osId: string): string {
  return WITHOUT_DOCKER.includes(osId) ? ` from Docker's own repository (${guide(osId)})` : "";
}

const guide = (osId: string): string =>
  `docs.docker.com/engine/install/${osId === "rhel" ? "rhel" : "centos"}`;

export function tooOld(version: string): Words {
  return [
    "Docker is too old",
    `the engine is ${version}, at least ${MIN_DOCKER} is needed`,
    "Upgrade Docker Engine",
  ];
}

/** Compares the first two numbers of a version. */
export function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map((part) => parseInt(part, 10));
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

function security(options: string): Finding[] {
  const mode = /name=(rootless|userns)/.exec(options)?.[1];
  if (mode === undefined) return [];
  const why = `it runs with ${mode === "rootless" ? "rootless mode" : "user namespace remapping"}, which rules out host networking and root's files`;
  return [
    error(
      "docker-mode",
      "Docker runs in a mode that does not work here",
      why,
      "Run Docker Engine as root without userns-remap",
    ),
  ];
}

const SLOW_DRIVERS = ["vfs", "devicemapper", "aufs", "overlay"];

function storage(driver: string | undefined): Finding[] {
  if (driver === undefined || !SLOW_DRIVERS.includes(driver)) return [];
  return [
    warning(
      "docker-storage",
      "Docker's storage driver is slow or obsolete",
      `it is ${driver}`,
      "Use overlay2",
    ),
  ];
}
