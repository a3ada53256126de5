import { COMPOSE_PROJECT, CONFIG_DIR, DAEMON_CONTAINER, HOST_CLI, MOUNT_FOLDER } from "../spec/paths";
import { DATA_ROOT_MARKER, refuseSystemDirectory } from "./data-root";
import type { Machine } from "./machine";
import { PLACES_FILE } from "./places";
import { FORBID_REBOOT } from "./reboot";
import { quote } from "./shell";

export interface CleanOptions {
  /**
   * Delete what is in the data directory, in our folders on mount points and in data directories elsewhere: all vectors, for
   * good. Else it is left as it is.
   */
  readonly deleteData: boolean;
  readonly dataRoot: string;
  /** Leave the milvus-onprem command on the VM. @default false */
  readonly keepCommand?: boolean;
}

const CLEAN_MS = 10 * 60_000;

/**
 * Takes everything of ours off a VM in one round trip: containers (the daemon's first, lest it restart the others),
 * configuration with its secrets, the command. Images stay. Idempotent. Throws a HostError, above all when data is to be
 * deleted from a directory that was not ours from the start.
 */
export async function cleanHost(host: Machine, o: CleanOptions): Promise<void> {
  refuseSystemDirectory(host.target, o.dataRoot);
  const script = `data=${quote(o.dataRoot)}\ndelete=${o.deleteData ? "yes" : "no"}\ncommand=${o.keepCommand ? "keep" : "remove"}\n${CLEAN_SCRIPT}`;
  await host.check(script, {
    what: "clean the host",
    deadlineMs: CLEAN_MS,
    fix: "Correct this, and run it again: what is gone already is passed over",
  });
}

/** Mount points within the data directory (drives of their own) are emptied, not removed. */
const CLEAN_SCRIPT = `
empty_place() { # mount|dir PATH
  place=$2
  if [ "$1" = mount ]; then
    mountpoint -q "$2" || { echo "$2 is not mounted, so the data on its disk cannot be deleted" >&2; return 1; }
    place=$2/${MOUNT_FOLDER}
    rm -f "$2/${DATA_ROOT_MARKER}" || return
  fi
  [ ! -d "$place" ] || { find "$place" -mindepth 1 -delete && rmdir "$place"; }
}
if [ "$delete" = yes ] && [ -d "$data" ] && [ ! -e "$data/${DATA_ROOT_MARKER}" ] && [ -n "$(find "$data" ! -type d | head -n 1)" ]; then
  echo "$data is not marked as ours (no ${DATA_ROOT_MARKER} in it): it held other files before; delete it by hand" >&2
  exit 1
fi
if command -v docker >/dev/null 2>&1; then
  for filter in name=^/?${DAEMON_CONTAINER}$ label=com.docker.compose.project=${COMPOSE_PROJECT}; do
    ids=$(docker ps --all --quiet --filter "$filter") || exit
    [ -z "$ids" ] || docker rm --force --volumes $ids >/dev/null || exit
  done
fi
if [ "$delete" = yes ] && [ -e ${PLACES_FILE} ]; then
  while read -r kind path; do
    empty_place "$kind" "$path" || exit
  done < ${PLACES_FILE}
fi
${FORBID_REBOOT}
rm -rf ${CONFIG_DIR} || exit
[ "$command" = keep ] || rm -f ${HOST_CLI} || exit
if [ "$delete" = yes ] && [ -d "$data" ]; then
  find "$data" -mindepth 1 ! -type d ! -path "$data/${DATA_ROOT_MARKER}" -delete || exit
  find "$data" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null
  rm -f "$data/${DATA_ROOT_MARKER}"
  rmdir "$data" 2>/dev/null
fi
exit 0
`;
