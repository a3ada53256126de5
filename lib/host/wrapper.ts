import { CONFIG_DIR, DAEMON_CONTAINER } from "../spec/paths";
import { quote } from "./shell";

/** Environment by which a container that was started by the wrapper knows the image it is made of, and where the user is. */
export const WRAPPER_IMAGE = "MILVUS_ONPREM_IMAGE";
export const WRAPPER_CWD = "MILVUS_ONPREM_CWD";

/** Commands that change or look at the VM itself. */
export const VM_COMMANDS = ["init", "join", "preflight", "teardown"] as const;

/**
 * What it takes to run programs on the host from a container (nsenter into process 1), and no more: not --privileged. Files
 * and Docker's socket are the host's own once there, so nothing is mounted.
 */
const ON_THE_HOST = [
  ...["--pid", "host", "--network", "host", "--userns", "host"],
  ...["SYS_ADMIN", "SYS_CHROOT", "SYS_PTRACE", "DAC_READ_SEARCH"].flatMap((c) => ["--cap-add", c]),
  // An init of the image's own is not the first process here, and would say so.
  ...["--env", "TINI_SUBREAPER=1"],
  ...["seccomp=unconfined", "apparmor=unconfined", "label=disable"].flatMap((o) => ["--security-opt", o]),
];

/**
 * Text of the `milvus-onprem` command on a VM: runs the CLI from its image, in the daemon's container where there is one. Needs
 * nothing but a POSIX shell and Docker.
 */
export function hostWrapper(image: string): string {
  return `#!/bin/sh
# Runs the milvus-onprem CLI from its image; made by: docker run --rm ${image} wrapper ${image}
image=${quote(image)}
tty=
if [ -t 0 ] && [ -t 1 ]; then tty=-t; fi
case \${1-} in
  ${VM_COMMANDS.join(" | ")})
    exec docker run --rm -i $tty ${ON_THE_HOST.join(" ")} \\
      -e ${WRAPPER_IMAGE}="$image" -e ${WRAPPER_CWD}="$PWD" "$image" "$@" ;;
esac
# The daemon's limits of memory are not for a command, which may read a large plan.
if [ "$(docker inspect --type container --format '{{.State.Running}}' ${DAEMON_CONTAINER} 2>/dev/null)" = true ]; then
  exec docker exec -i $tty --env NODE_OPTIONS= ${DAEMON_CONTAINER} milvus-onprem "$@"
fi
# No daemon runs here: what works without one still does, and the rest says why not.
exec docker run --rm -i $tty --network host --security-opt label=disable \\
  $([ ! -d ${CONFIG_DIR} ] || echo --volume ${CONFIG_DIR}:${CONFIG_DIR}:ro) "$image" "$@"
`;
}
