import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LocalHost } from "./support";

/**
 * A docker command that keeps images and containers as files: what one test needs of the real one, whose part the lab's
 * tests play. Images: name → id; container: one line of id, label and running.
 */
const FAKE_DOCKER = `
[ "$1" != --config ] || { config=$2; shift 2; }
printf '%s\\n' "$*" >> "$DIR/docker.log"
file() { echo "$DIR/image-$(printf %s "$1" | tr '/:@' '___')"; }
for last; do :; done
case "$1 $2" in
  "image inspect") cat "$(file "$last")" 2>/dev/null ;;
  "login "*) cat > "$config/password"; cp -r "$config" "$DIR/config-seen"; ls -ld "$config" > "$DIR/config-mode" ;;
  "pull "*) [ ! -e "$DIR/pull-error" ] || { cat "$DIR/pull-error" >&2; exit 1; }; echo "$config" > "$DIR/pull-config"; echo sha256:pulled > "$(file "$last")" ;;
  "load "*) cat > "$DIR/loaded"; echo "Loaded image: example/daemon:1"; echo "sha256:$(sha256sum < "$DIR/loaded" | cut -c 1-8)" > "$(file example/daemon:1)" ;;
  "inspect "*) cat "$DIR/container" 2>/dev/null ;;
  "run "*) for a; do case $a in milvus-onprem.arguments=*) label=\${a#*=} ;; esac; done
    for a; do [ "$a" != daemon ] || break; image=$a; done
    echo "$(cat "$(file "$image")") $label true" > "$DIR/container" ;;
  "rm "*) case "$*" in *2222) exit ;; esac; [ -e "$DIR/container" ] || { echo "Error: No such container: milvus-onprem" >&2; exit 1; }; rm "$DIR/container" ;;
  "start "*) sed -i 's/false$/true/' "$DIR/container" ;;
  "ps "*) case "$*" in *name=*) [ -e "$DIR/container" ] && echo 1111 ;; *project*) echo 2222 ;; esac; true ;;
esac
`;

export interface FakeDocker {
  /** Every docker command line, in order. */
  log(): string[];
  /** Commands since the last call that change something. */
  changes(): string[];
}

export function fakeDocker(local: LocalHost): FakeDocker {
  local.program("docker", FAKE_DOCKER);
  const file = join(local.dir, "docker.log");
  const log = (): string[] => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
  let seen = 0;
  return {
    log,
    changes: () => {
      const all = log();
      const fresh = all
        .slice(seen)
        .filter((line) => /^(run|rm|stop|start|restart|load|pull|login)\b/.test(line));
      seen = all.length;
      return fresh.map((line) => line.split(" ")[0] ?? "");
    },
  };
}
