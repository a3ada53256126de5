import { flags, type Script } from "./script";
import type { Place } from "./walk";

/** For zsh: `source <(milvus-onprem completion zsh)`, or a file `_milvus-onprem` in the fpath. */
export function zsh({ program, places }: Script): string {
  const name = `_${program.replaceAll("-", "_")}`;
  const below = places.filter((p) => p.path !== "").map((p) => `"${p.path}"`);
  return [
    `#compdef ${program}`,
    `${name}() {`,
    '  local place="" next i',
    "  for ((i = 2; i < CURRENT; i++)); do",
    '    next="${place:+$place }${words[i]}"',
    `    case "$next" in ${below.join("|")}) place=$next ;; esac`,
    "  done",
    '  case "$place:${words[CURRENT-1]}" in',
    ...places.flatMap(values),
    "  esac",
    "  local -a found",
    '  case "$place" in',
    ...places.map((place) => `    "${place.path}") found=(${described(place).join(" ")}) ;;`),
    "  esac",
    `  _describe '${program}' found`,
    "}",
    // As a file in the fpath it is called at once; when sourced it only makes itself known.
    `if [ "\${funcstack[1]}" = "_${program}" ]; then ${name} "$@"; else compdef ${name} ${program}; fi`,
    "",
  ].join("\n");
}

function values({ path, options }: Place): string[] {
  return options
    .filter((o) => o.takesValue)
    .map((o) => {
      const patterns = flags(o).map((flag) => `"${path}:${flag}"`);
      return `    ${patterns.join("|")}) ${o.choices.length > 0 ? `compadd ${o.choices.join(" ")}` : "_files"}; return ;;`;
    });
}

function described({ commands, choices, options }: Place): string[] {
  const pairs = [
    ...commands.map((c) => [c.name, c.description] as const),
    ...choices.map((c) => [c, ""] as const),
    ...options.flatMap((o) => flags(o).map((flag) => [flag, o.description] as const)),
  ];
  return pairs.map(([word, text]) => quoted(`${word.replaceAll(":", "\\:")}${text && `:${text}`}`));
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
