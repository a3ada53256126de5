import type { Machine } from "./machine";
import { HostError } from "./errors";

/** A file to be on the host. */
export interface HostFile {
  /** Absolute. */
  readonly path: string;
  readonly content: string;
  /** E.g. 0o600. */
  readonly mode: number;
}

/**
 * Reads "MODE PATH CONTENT" lines (path and content in base64) from standard input: contents are never arguments, which
 * anyone on the host could see. Everything is staged next to its target, then renamed: on a full disk nothing has changed.
 * `printf` is a builtin of every sh that a server has.
 */
const WRITE_SCRIPT = `
set -eu
umask 077
suffix=".milvus-onprem-new"
staged=""
cleanup() { printf '%s\\n' "$staged" | while IFS= read -r p; do [ -z "$p" ] || rm -f "$p$suffix"; done; }
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
decode() { printf '%s' "$1" | base64 -d; }
while read -r mode path content; do
  path=$(decode "$path")
  dir=\${path%/*}
  [ -d "$dir" ] || (umask 022; mkdir -p "$dir")
  staged="$staged
$path"
  decode "$content" > "$path$suffix"
  chmod "$mode" "$path$suffix"
done
printf '%s\\n' "$staged" | while IFS= read -r p; do
  [ -n "$p" ] || continue
  if cmp -s "$p" "$p$suffix" && [ "$(stat -c %a "$p")" = "$(stat -c %a "$p$suffix")" ]; then
    rm -f "$p$suffix"
  else
    mv -f "$p$suffix" "$p"
    printf '%s\\n' "$p"
  fi
done
`;

export async function writeFiles(host: Machine, files: readonly HostFile[]): Promise<string[]> {
  for (const { path } of files) refuseOddPath(host, path);
  const input = files.map((f) => `${f.mode.toString(8)} ${base64(f.path)} ${base64(f.content)}\n`).join("");
  const { stdout } = await host.check(WRITE_SCRIPT, {
    input,
    what: `write ${files.map((f) => f.path).join(", ")}`,
    fix: "Check that the disk is neither full nor read-only; nothing was replaced, it is safe to run again",
  });
  return stdout.split("\n").filter((line) => line !== "");
}

function refuseOddPath(host: Machine, path: string): void {
  if (path.startsWith("/") && !/[\n\0]/.test(path) && !path.split("/").includes("..")) return;
  throw new HostError("options", host.target, {
    what: `cannot write ${JSON.stringify(path)}`,
    why: "it is not an absolute path without ..",
    fix: "Give an absolute path",
  });
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
