import type { HostFacts } from "./facts";
import { error, warning, type Finding } from "./finding";
import { MIN_DOCKER, type Requirements } from "./requirements";

/** Docker: there, new enough, of a kind that works. A stopped engine is no finding: it gets started. */
export function assessDocker({ docker, os }: HostFacts, r: Requirements): Finding[] {
  if (docker.state === "podman") return [error("docker-podman", ...PODMAN)];
  if (docker.state === "missing") return r.installDocker ? [] : [error("docker-missing", ...missing(os.id))];
  if (docker.state === "stopped") return [];
  if (docker.version !== undefined && !isAtLeast(docker.version, MIN_DOCKER)) {
    return [error("docker-old", ...tooOld(docker.version))];
  }
  return [...security(docker.securityOptions ?? ""), ...storage(docker.storageDriver)];
}

type Words = [what: string, why: string, fix: string];

export const PODMAN: Words = [
  "Podman is not supported",
  "the daemon drives Docker's API, with Compose and restart policies across reboots",
  "Install Docker Engine instead of podman-docker",
];

export function missing(osId: string): Words {
  const fix =
    "Install Docker Engine, or set install_docker = true (installDocker: true) to have it installed";
  return ["Docker is missing", `there is no docker command on this ${osId || "Linux"} VM`, fix];
}

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
