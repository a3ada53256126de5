import { flags, type Script } from "./script";

/** For bash: `source <(milvus-onprem completion bash)`. */
export function bash({ program, places }: Script): string {
  const name = `_${program.replaceAll("-", "_")}`;
  const below = places.filter((p) => p.path !== "").map((p) => `"${p.path}"`);
  const values = places.flatMap(({ path, options }) =>
    options
      .filter((o) => o.takesValue)
      .map((o) => {
        const patterns = flags(o).map((flag) => `"${path}:${flag}"`);
        return `    ${patterns.join("|")}) ${o.choices.length > 0 ? reply(o.choices) : FILES}; return ;;`;
      }),
  );
  const words = places.map(({ path, commands, options, choices }) => {
    const all = [...commands.map((c) => c.name), ...choices, ...options.flatMap(flags)];
    return `    "${path}") ${reply(all)} ;;`;
  });
  return [
    `# bash completion of ${program}`,
    `${name}() {`,
    "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} path= i next",
    "  for ((i = 1; i < COMP_CWORD; i++)); do",
    '    next="${path:+$path }${COMP_WORDS[i]}"',
    `    case "$next" in ${below.join("|")}) path=$next ;; esac`,
    "  done",
    "  COMPREPLY=()",
    '  case "$path:$prev" in',
    ...values,
    "  esac",
    '  case "$path" in',
    ...words,
    "  esac",
    "}",
    `complete -F ${name} ${program}`,
    "",
  ].join("\n");
}

const FILES = 'COMPREPLY=($(compgen -f -- "$cur"))';

function reply(words: readonly string[]): string {
  return `COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$cur"))`;
}
