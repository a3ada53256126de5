import { IDENTITY_FILE } from "../../spec/paths";
import { quote } from "../shell";
import { DISKS } from "./script-disks";
import { DOCKER } from "./script-docker";

export interface Probe {
  readonly dataRoot: string;
  readonly mountPoints: readonly string[];
  readonly dataDirs: readonly string[];
  readonly ports: readonly number[];
  /** "host:port" to try to reach. */
  readonly targets: readonly string[];
  /** How long a target that does not answer is tried again. */
  readonly targetSeconds: number;
  /** Names to resolve. */
  readonly names: readonly string[];
}

/**
 * The script that gathers all facts: tab-separated lines, first word says which. The clock comes first, so that its line's
 * arrival tells when it was read; targets are tried in the background meanwhile.
 */
export function preflightScript(p: Probe): string {
  const targets = p.targets.map((t) => `probe ${quote(hostOf(t))} ${quote(portOf(t))} ${quote(t)} &`);
  return [
    `printf 'clock\\t%s\\n' "$(date +%s.%N)"`,
    `ports=${quote(` ${p.ports.join(" ")} `)}`,
    `target_seconds=${p.targetSeconds}`,
    FUNCTIONS,
    DISKS,
    ...targets,
    MACHINE,
    DOCKER,
    `disk data ${quote(p.dataRoot)}`,
    `data_root ${quote(p.dataRoot)}`,
    ...p.mountPoints.map((mount) => `mount_point ${quote(mount)}`),
    ...p.dataDirs.map((dir) => `data_dir ${quote(dir)}`),
    `disk docker "\${docker_root:-/var/lib/docker}"`,
    LISTENERS,
    ...p.names.map((name) => `resolve ${quote(name)}`),
    `[ ! -r ${IDENTITY_FILE} ] || fact identity "$(base64 ${IDENTITY_FILE} | tr -d '\\n')"`,
    `wait`,
    `fact end yes`,
  ].join("\n");
}

/** "[::1]:2379" → "::1" */
export function hostOf(target: string): string {
  return target.slice(0, target.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}

function portOf(target: string): string {
  return target.slice(target.lastIndexOf(":") + 1);
}

const FUNCTIONS = `
has() { command -v "$1" >/dev/null 2>&1; }
fact() { # KEY VALUE... in one write, lest the lines of background jobs mix
  line=$1
  shift
  for value; do line="$line\t$value"; done
  printf '%s\\n' "$line"
}

resolve() { # NAME
  fact name "$1" "$(getent ahosts "$1" 2>/dev/null | awk '{ print $1 }' | sort -u | tr '\\n' ' ')"
}

probe() { # HOST PORT LABEL
  has bash && has timeout || { fact reach "$3" unknown; return; }
  until=$(($(date +%s) + target_seconds))
  while :; do
    said=$(timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>&1)
    case "$?:$said" in
      0:*) result=open ;;
      *refused*) result=refused ;;
      124:*) result=timeout ;;
      *) result=unreachable ;;
    esac
    case $result in open | refused) break ;; esac
    [ "$(date +%s)" -lt "$until" ] || break
    sleep 1
  done
  fact reach "$3" "$result"
}
`;

const MACHINE = `
fact hostname "$(uname -n)"
fact machine_id "$(cat /etc/machine-id 2>/dev/null)"
(ID= VERSION_ID= PRETTY_NAME=; [ ! -r /etc/os-release ] || . /etc/os-release
fact os "$(uname -s)" "$ID" "$VERSION_ID" "$PRETTY_NAME")
fact arch "$(uname -m)"
fact kernel "$(uname -r)"
fact cpus "$(nproc 2>/dev/null || grep -c ^processor /proc/cpuinfo)"
fact cpu_flags "$(sed -n -e '/^flags/{s/.*: //p;q' -e '}' -e '/^Features/{s/.*: //p;q' -e '}' /proc/cpuinfo)"
fact memory "$(sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo)"
fact addresses "$(ip -o addr 2>/dev/null | awk '{ sub("/.*", "", $4); print $4 }' | tr '\\n' ' ')"
case $(cat /sys/fs/selinux/enforce 2>/dev/null) in
  1) fact selinux enforcing ;;
  0) fact selinux permissive ;;
  *) fact selinux disabled ;;
esac
! has timedatectl || fact clock_synchronised "$(timeout 3 timedatectl show -p NTPSynchronized --value 2>/dev/null)"
`;

/** A process in a container has the container's id in its cgroup path. */
const LISTENERS = `
if has ss; then
  fact listeners known
  ss -ltnp | while read -r _ _ _ local _ process; do
    case $ports in *" \${local##*:} "*) ;; *) continue ;; esac
    pid=\${process#*pid=}
    pid=\${pid%%,*}
    fact listen "$local" "$process" "$(sed -n 's/.*\\([0-9a-f]\\{64\\}\\).*/\\1/p' "/proc/$pid/cgroup" 2>/dev/null | head -n 1)"
  done
fi
`;
