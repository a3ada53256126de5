import { MOUNT_FOLDER } from "../../spec/paths";
import { DATA_ROOT_MARKER } from "../data-root";
import { PLACES_FILE } from "../places";

/** Part of the preflight's script: functions that look at disks and directories. They use those of the script itself. */
export const DISKS = `
disk() { # NAME DIRECTORY
  dir=$2
  while [ ! -d "$dir" ]; do dir=$(dirname "$dir"); done
  df -PTk "$dir" 2>/dev/null | tail -n 1 | while read -r device type total _ free _ mount; do
    block=/sys/dev/block/$(mountpoint -d "$mount" 2>/dev/null)
    rotational=$(cat "$block/queue/rotational" 2>/dev/null || cat "$block/../queue/rotational" 2>/dev/null)
    fact "disk.$1" "$dir" "$device" "$mount" "$type" "$total" "$free" "$rotational"
  done
}

holds_files() { [ -n "$(find "$1" ! -type d 2>/dev/null | head -n 1)" ]; } # DIRECTORY
yes_if() { if "$@"; then echo yes; else echo no; fi; } # COMMAND...

data_root() { # DIRECTORY
  if [ -e "$1/${DATA_ROOT_MARKER}" ]; then fact data_root own
  elif holds_files "$1"; then fact data_root foreign
  else fact data_root empty
  fi
}

mount_state() { # DIRECTORY
  if [ ! -e "$1" ]; then echo missing
  elif [ ! -d "$1" ]; then echo file
  elif ! mountpoint -q "$1"; then echo plain
  elif [ "$(stat -c %d "$1")" = "$(stat -c %d /)" ]; then echo root
  else echo mounted
  fi
}

mount_point() { # DIRECTORY
  fact mount "$1" "$(mount_state "$1")" "$(stat -c %d "$1" 2>/dev/null)" "$(yes_if test -w "$1")" \\
    "$(yes_if holds_files "$1/${MOUNT_FOLDER}")" "$(cat "$1/${DATA_ROOT_MARKER}" 2>/dev/null | head -n 1)"
  disk "mount:$1" "$1"
}

data_dir_state() { # DIRECTORY
  if [ -d "$1" ]; then
    if mountpoint -q "$1"; then echo mount; else echo directory; fi
  elif [ -e "$1" ]; then echo file
  elif [ -d "$(dirname "$1")" ]; then echo absent
  else echo orphan
  fi
}

data_dir() { # DIRECTORY
  content=empty
  ! holds_files "$1" || content=foreign
  ! grep -qsxF -e "dir $1" ${PLACES_FILE} || content=own
  existing=$1
  [ -e "$existing" ] || existing=$(dirname "$1")
  fact data_dir "$1" "$(data_dir_state "$1")" "$(yes_if test -w "$existing")" "$content"
  disk "data_dir:$1" "$1"
}
`;
