import { createHash } from "node:crypto";
import { CONFIG_DIR, DAEMON_CONTAINER, HOST_CLI, MOUNT_FOLDER, MOUNT_PARENT, RUN_DIR } from "../spec/paths";
import { DATA_ROOT_MARKER, refuseSystemDirectory } from "./data-root";
import type { Machine } from "./machine";
import { holderOf, PLACES_FILE } from "./places";
import { LABEL } from "./selinux";
import { quote } from "./shell";
import { hostWrapper } from "./wrapper";

export interface DaemonOptions {
  /** Full reference of the daemon's image; it must be on the host already (see ensureImage). */
  readonly image: string;
  readonly dataRoot: string;
  /** Mount points of drives; see ensureMountFolders. */
  readonly mountPoints?: readonly string[];
  /** Data directories outside of `dataRoot`; see ensureDataDirs. */
  readonly dataDirs?: readonly string[];
  /** Restart a daemon that is as it should be: files that it reads at its start have changed. @default false */
  readonly restart?: boolean;
}

export type DaemonAction = "created" | "started" | "restarted" | "unchanged";

/** Label of the container that says from which arguments it was made. */
const ARGUMENTS_LABEL = "milvus-onprem.arguments";
const STOP_SECONDS = 10;
const DOCKER_MS = 120_000;

/**
 * Bounds the daemon's memory, whatever passes through it (test/services/daemon-memory.test.ts): without it Node takes what the machine has
 * before it looks for what is not needed any more. Of the 96 MiB its code takes 37, and planning a change of 50 peers under 32.
 */
export const DAEMON_ENVIRONMENT = {
  NODE_OPTIONS: "--max-old-space-size=96 --max-semi-space-size=4",
  // Of glibc (mallopt(3)): threads share what is freed, and a large buffer goes back to the system.
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "131072",
} as const;

/** Arguments of `docker run` before the label and the image. Pure. */
export function daemonArguments({ dataRoot, mountPoints = [], dataDirs = [] }: DaemonOptions): string[] {
  const own = ["/var/run/docker.sock", CONFIG_DIR, RUN_DIR, dataRoot];
  const paths = [...new Set([...own, ...mountPoints, ...dataDirs.map(holderOf)])];
  const mounts = paths.map((path) => `${path}:${path}`);
  return [
    ...["--detach", "--name", DAEMON_CONTAINER, "--network", "host", "--restart", "always"],
    ...mounts.flatMap((mount) => ["--volume", mount]),
    ...Object.entries(DAEMON_ENVIRONMENT).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...["--security-opt", "label=disable"], // SELinux would keep it from Docker's socket
    ...["--log-driver", "json-file", "--log-opt", "max-size=10m", "--log-opt", "max-file=3"],
  ];
}

/**
 * Starts the daemon's container in one round trip, and places the `milvus-onprem` command on the host. Made anew only when the
 * image or the arguments differ. That the daemon works is for its /health to say; `daemonState` tells why it does not.
 */
export async function startDaemon(host: Machine, o: DaemonOptions): Promise<DaemonAction> {
  refuseSystemDirectory(host.target, o.dataRoot);
  const run = daemonArguments(o);
  const digest = createHash("sha256").update(JSON.stringify(run)).digest("hex");
  const settings = {
    ...{ image: o.image, data: o.dataRoot, want: digest, restart: o.restart ? "yes" : "no" },
    wrapper: hostWrapper(o.image),
  };
  const variables = Object.entries(settings).map(([name, value]) => `${name}=${quote(value)}`);
  const docker = `docker run ${run.map(quote).join(" ")} "$shares" --label ${ARGUMENTS_LABEL}=${digest} "$image" daemon`;
  const { stdout } = await host.check([...variables, `create() { ${docker}; }`, START_SCRIPT].join("\n"), {
    what: `start the daemon from image ${o.image}`,
    deadlineMs: DOCKER_MS,
    fix: "See docker logs milvus-onprem and journalctl -u docker on the host",
  });
  return stdout.trim() as DaemonAction;
}

/** Stops and removes the daemon's container, if there is one. The components that it started run on. */
export async function stopDaemon(host: Machine): Promise<void> {
  await host.check(`command -v docker >/dev/null 2>&1 || exit 0\n${REMOVE}\nremove`, {
    what: "stop the daemon",
    deadlineMs: DOCKER_MS,
  });
}

export interface DaemonState {
  /** Docker's word for it; "missing" when there is no such container. */
  readonly status:
    "missing" | "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
  /** How often Docker has restarted it because it ended. */
  readonly restarts: number;
  readonly exitCode: number;
  /** Id of the image it was made from. */
  readonly image: string;
  /** The last lines that it logged. */
  readonly log: string;
}

/** What has become of the daemon's container: for errors that say why it does not answer. */
export async function daemonState(host: Machine): Promise<DaemonState> {
  const format = "{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}} {{.Image}}";
  // docker prints an empty line for what is not there
  const inspect = `state=$(docker inspect --type container --format ${quote(format)} ${DAEMON_CONTAINER} 2>/dev/null)`;
  const script = `${inspect} || state=missing\necho "$state"\ndocker logs --tail 20 ${DAEMON_CONTAINER} 2>&1 || true`;
  const { stdout } = await host.check(script, { what: "look at the daemon" });
  const [first = "", ...log] = stdout.split("\n");
  const [status = "missing", restarts, exitCode, image = ""] = first.trim().split(" ");
  return {
    status: status as DaemonState["status"],
    restarts: Number(restarts ?? 0),
    exitCode: Number(exitCode ?? 0),
    image,
    log: status === "missing" ? "" : log.join("\n").trim(),
  };
}

/** Whether the daemon's container runs and is not caught in restarts. */
export async function daemonRunning(host: Machine): Promise<boolean> {
  return (await daemonState(host)).status === "running";
}

const REMOVE = `
remove() {
  docker stop --time ${STOP_SECONDS} ${DAEMON_CONTAINER} >/dev/null 2>&1
  said=$(docker rm --force ${DAEMON_CONTAINER} 2>&1) && return
  case $said in *"No such container"*) ;; *) echo "$said" >&2; return 1 ;; esac
}
`;

/** A data directory that held no file (drives may be mounted in it) is marked as ours: only such a one is ever deleted. */
const START_SCRIPT = `
${REMOVE}
${LABEL}
mkdir -p ${CONFIG_DIR} ${MOUNT_PARENT} "$data" || exit
label ${CONFIG_DIR} "$data" || exit
[ ! -e ${PLACES_FILE} ] || while read -r kind path; do
  [ "$kind" = dir ] || path=$path/${MOUNT_FOLDER}
  label "$path" || exit
done < ${PLACES_FILE}
[ -n "$(find "$data" ! -type d | head -n 1)" ] || : > "$data/${DATA_ROOT_MARKER}" || exit

printf '%s' "$wrapper" > ${HOST_CLI}.new || exit
chmod 755 ${HOST_CLI}.new && mv -f ${HOST_CLI}.new ${HOST_CLI} || exit

# Docker takes "rslave" only where the host tells others of its mounts, as systemd's do; elsewhere a restart shows them.
shares=--volume=${MOUNT_PARENT}:${MOUNT_PARENT}
case $(findmnt -n -o PROPAGATION --target ${MOUNT_PARENT} 2>/dev/null) in
  *shared* | *slave*) shares=$shares:rslave ;;
esac

id=$(docker image inspect --format '{{.Id}}' "$image") || exit
have=$(docker inspect --type container --format '{{.Image}} {{index .Config.Labels "${ARGUMENTS_LABEL}"}} {{.State.Running}}' ${DAEMON_CONTAINER} 2>/dev/null)
case $have in
  "$id $want true")
    [ "$restart" = yes ] || { echo unchanged; exit; }
    docker restart --time ${STOP_SECONDS} ${DAEMON_CONTAINER} >/dev/null && echo restarted ;;
  "$id $want "*) docker start ${DAEMON_CONTAINER} >/dev/null && echo started ;;
  *) remove && create >/dev/null && echo created ;;
esac
`;
