/** Text as it stands, whatever Markdown makes of its characters. */
export function plain(text: string): string {
  // An underscore within a word formats nothing.
  return text
    .replace(/[\\`*~[\]|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, "\\$&")
    .replaceAll("<", "&lt;")
    .replaceAll("\n", " ");
}

/** `text` in the type of code. */
export function code(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

/** Lines in a fence that is longer than any of their own. */
export function fenced(language: string, lines: readonly string[]): string[] {
  const ticks = lines.flatMap((line) => line.match(/`{3,}/g) ?? []).map((run) => run.length);
  const fence = "`".repeat(Math.max(2, ...ticks) + 1);
  return [`${fence}${language}`, ...lines, fence];
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)];
}

/** What is shown only when asked for. */
export function folded(summary: string, body: readonly string[]): string[] {
  return ["<details>", `<summary>${summary}</summary>`, "", ...body, "", "</details>"];
}

/** Text within HTML. */
export function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
