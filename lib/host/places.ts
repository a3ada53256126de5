import { posix } from "node:path";
import { CONFIG_DIR, MOUNT_FOLDER } from "../spec/paths";
import { DATA_ROOT_MARKER, isSystemDirectory, refuseSystemDirectory, refuseSystemMount } from "./data-root";
import type { Machine } from "./machine";
import { quote } from "./shell";

/**
 * Lists what outside of the data root is ours, a line each: `mount` and a mount point with our folder, or `dir` and a data
 * directory that we made or found empty. Only such are ever deleted.
 */
export const PLACES_FILE = `${CONFIG_DIR}/places`;

/**
 * Makes a folder (root, 0700) on every mount point that is mounted, so that after a restart without the mount a container
 * finds it missing instead of filling the root disk. `clusterId` is noted beside it: no other cluster will use the drive.
 * Idempotent. Throws a HostError when nothing is mounted at one of them; nothing has been changed then.
 */
export async function ensureMountFolders(
  host: Machine,
  mountPoints: readonly string[],
  clusterId: string,
): Promise<void> {
  if (mountPoints.length === 0) return;
  for (const mount of mountPoints) refuseSystemMount(host.target, mount);
  await host.check(script(mountPoints, `cluster=${quote(clusterId)}\n${MOUNTS_SCRIPT}`), {
    what: `make a folder on ${mountPoints.join(", ")}`,
    fix: "Mount it (see mount -a and /etc/fstab), and run it again",
  });
}

/**
 * Makes every data directory whose parent is there. One that was made before and is gone is not made again: its disk is not
 * mounted, and a component would begin with no data. Idempotent. Throws HostError.
 */
export async function ensureDataDirs(host: Machine, dataDirs: readonly string[]): Promise<void> {
  if (dataDirs.length === 0) return;
  for (const dir of dataDirs) refuseSystemDirectory(host.target, dir);
  await host.check(script(dataDirs, DIRECTORIES_SCRIPT), {
    what: `make ${dataDirs.join(", ")}`,
    fix: "Mount its disk, or make its parent directory, and run it again",
  });
}

/**
 * What the daemon mounts to work in a place outside of the data root: what holds it, because Docker makes a missing
 * directory that it is to mount itself, on whatever disk is there.
 */
export function holderOf(dataDir: string): string {
  const parent = posix.dirname(dataDir);
  return isSystemDirectory(parent) ? dataDir : parent;
}

const script = (paths: readonly string[], body: string): string =>
  `set -- ${paths.map(quote).join(" ")}\n${NOTE}\n${body}`;

const NOTE = `
noted() { grep -qsxF -e "$1 $2" ${PLACES_FILE}; } # KIND PATH
note() { # KIND PATH
  (umask 022; mkdir -p ${CONFIG_DIR}) || return
  noted "$1" "$2" || printf '%s\\n' "$1 $2" >> ${PLACES_FILE}
}
`;

const MOUNTS_SCRIPT = `
for mount; do
  mountpoint -q "$mount" || { echo "nothing is mounted at $mount" >&2; exit 1; }
done
for mount; do
  [ -d "$mount/${MOUNT_FOLDER}" ] || mkdir -m 700 "$mount/${MOUNT_FOLDER}" || exit
  printf '%s\\n' "$cluster" > "$mount/${DATA_ROOT_MARKER}" || exit
  note mount "$mount" || exit
done
`;

const DIRECTORIES_SCRIPT = `
for dir; do
  if [ ! -d "$dir" ]; then
    ! noted dir "$dir" || { echo "$dir was there before and is gone" >&2; exit 1; }
    mkdir -m 700 "$dir" || exit
  fi
  [ -n "$(find "$dir" ! -type d | head -n 1)" ] || note dir "$dir" || exit
done
`;
