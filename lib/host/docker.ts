import type { CheckOptions, Machine } from "./machine";
import { HostError } from "./errors";
import { PROXY_SCRIPT, proxyInput, withoutSecrets, type ProxyOptions } from "./install-proxy";
import { isAtLeast, missing, notInstallable, PODMAN, tooOld } from "./preflight/assess-docker";
import type { HostFacts } from "./preflight/facts";
import { MIN_DOCKER } from "./preflight/requirements";

export interface DockerOptions {
  /** Install Docker where there is none: docker-ce where the VM's repositories have it, else the distribution's package. */
  readonly install: boolean;
  /** Proxy for installing, and for the engine that is installed; one that is there is never changed. @default - none */
  readonly proxy?: ProxyOptions;
  /** Facts of a preflight: where they say that Docker runs and is new enough, the host is not asked again. */
  readonly facts?: Pick<HostFacts, "docker">;
}

/** Packages over a slow mirror, and the lock of a first-boot upgrade. */
const INSTALL_MS = 15 * 60_000;

/** Exit codes by which the script says what is wrong. */
const MISSING = 10;
const IS_PODMAN = 11;
const NO_PACKAGE = 12;

/**
 * Makes sure that a Docker engine runs and is new enough, in at most one round trip: starts one that is stopped, installs one
 * where allowed. Returns the engine's version. Throws a HostError of kind "docker".
 */
export async function ensureDocker(host: Machine, o: DockerOptions): Promise<string> {
  const known = o.facts?.docker;
  const version = known?.state === "running" && known.version ? known.version : await start(host, o);
  if (isAtLeast(version, MIN_DOCKER)) return version;
  throw dockerError(host, tooOld(version));
}

async function start(host: Machine, { install, proxy }: DockerOptions): Promise<string> {
  const o: CheckOptions = {
    what: install ? "install and start Docker" : "start Docker",
    deadlineMs: INSTALL_MS,
    kind: "docker",
    fix: "See journalctl -u docker on the host, or install Docker Engine yourself",
  };
  const script = `install=${install ? "yes" : "no"}\n${PROXY_SCRIPT}${ENSURE_SCRIPT}`;
  const result = withoutSecrets(await host.run(script, { ...o, input: proxyInput(proxy) }), proxy);
  const system = result.stdout.trim();
  if (result.code === MISSING) throw dockerError(host, missing(system));
  if (result.code === IS_PODMAN) throw dockerError(host, PODMAN);
  if (result.code === NO_PACKAGE) throw dockerError(host, notInstallable(system));
  return host.mustSucceed(result, o).stdout.trim();
}

function dockerError(host: Machine, [what, why, fix]: [string, string, string]): HostError {
  return new HostError("docker", host.target, { what, why, fix });
}

/**
 * docker-ce comes from Docker's own repository, where the VM has that. RHEL and its kin have nothing else: what they install
 * under the name of docker is Podman in disguise. Amazon Linux calls it docker, Fedora moby-engine. A VM at its first boot is
 * often upgrading itself: apt's lock is waited for. Standard output is the version, all else is told on stderr.
 */
const ENSURE_SCRIPT = `
has() { command -v "$1" >/dev/null 2>&1; }
os() { (ID=; [ ! -r /etc/os-release ] || . /etc/os-release; echo "$ID"); }
answers() {
  said=$(timeout 15 docker version --format '{{.Server.Version}} {{range .Server.Components}}{{.Name}} {{end}}' 2>/dev/null) || return
  case $said in
    *[Pp]odman*) exit ${IS_PODMAN} ;;
    "") return 1 ;;
  esac
  echo "\${said%% *}"
}

UPSTREAM="docker-ce docker-ce-cli containerd.io"
apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    said=$(apt-get update -qq 2>&1) && break
    case $said in *"Could not get lock"*) sleep 10 ;; *) echo "$said" >&2; break ;; esac
  done
  packages=docker.io
  ! apt-cache policy docker-ce 2>/dev/null | grep -q 'Candidate: [0-9]' || packages=$UPSTREAM
  apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 $packages >&2
}
dnf_install() { # dnf|yum
  if said=$("$1" -q list docker-ce 2>&1); then packages=$UPSTREAM
  else
    case "$(os) $said" in
      "amzn "*) packages=docker ;;
      "fedora "*) packages=moby-engine ;;
      *"o matching"*) return ${NO_PACKAGE} ;;
      *) echo "$said" >&2; return 1 ;;
    esac
  fi
  "$1" install -q -y $packages >&2
}
zypper_install() {
  zypper --non-interactive --quiet install docker >&2
  code=$?
  [ $code -ne 104 ] || return ${NO_PACKAGE} # ZYPPER_EXIT_INF_CAP_NOT_FOUND of zypper(8)
  return $code
}
install_docker() {
  if has apt-get; then apt_install
  elif has dnf; then dnf_install dnf
  elif has yum; then dnf_install yum
  elif has zypper; then zypper_install
  else return ${NO_PACKAGE}
  fi
}
start_docker() {
  if has systemctl; then systemctl daemon-reload; systemctl enable --now docker >&2
  else service docker start >&2
  fi
}

if ! has docker; then
  [ "$install" = yes ] || { os; exit ${MISSING}; }
  installed=
  use_proxy || exit 1
  install_docker
  code=$?
  [ $code -ne ${NO_PACKAGE} ] || { os; exit $code; }
  [ $code -eq 0 ] || exit $code
  installed=yes
fi
! docker --version 2>&1 | grep -qi podman || exit ${IS_PODMAN}
answers && exit
start_docker || exit 1
for _ in $(seq 60); do
  answers && exit
  sleep 1
done
echo "the engine does not answer within 60 s: $(docker version 2>&1 | tail -n 1)" >&2
exit 1
`;
