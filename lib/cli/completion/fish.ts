import type { Script } from "./script";
import type { CompletedOption, Place } from "./walk";

/** For fish: `milvus-onprem completion fish | source`. */
export function fish({ program, places }: Script): string {
  const below = places.filter((p) => p.path !== "").map((p) => `"${p.path}"`);
  const at = `__${program.replaceAll("-", "_")}_at`;
  return [
    `# fish completion of ${program}`,
    `function ${at}`,
    "  set -l place",
    "  for word in (commandline -opc)[2..-1]",
    '    set -l next (string trim -- "$place $word")',
    `    contains -- "$next" ${below.join(" ")}; and set place $next`,
    "  end",
    '  test "$place" = "$argv[1]"',
    "end",
    `complete -c ${program} -f`,
    ...places.flatMap((place) =>
      lines(place, `complete -c ${program} -n ${quoted(`${at} "${place.path}"`)}`),
    ),
    "",
  ].join("\n");
}

function lines({ commands, choices, options }: Place, start: string): string[] {
  return [
    ...commands.map((c) => `${start} -a ${c.name} -d ${quoted(c.description)}`),
    ...(choices.length > 0 ? [`${start} -a ${quoted(choices.join(" "))}`] : []),
    ...options.map((o) => `${start} ${option(o)}`),
  ];
}

function option({ long, short, description, takesValue, choices }: CompletedOption): string {
  const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : takesValue ? " -r -F" : "";
  return `-l ${long.slice(2)}${short ? ` -s ${short.slice(1)}` : ""}${value} -d ${quoted(description)}`;
}

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
