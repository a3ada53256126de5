/** A file of one peer, to be written under RENDER_DIR. */
export interface RenderedFile {
  /** E.g. "docker-compose.yml". */
  readonly name: string;
  readonly content: string;
  /** 0600 exactly when it holds a secret. */
  readonly mode: 0o600 | 0o644;
  /**
   * Read again by its running container when told to. Such a file is overwritten, for one that is replaced keeps its old content
   * in the container that it is mounted into.
   */
  readonly live?: boolean;
}

/** What files say, a member a line, so that two versions can be compared: `NAME=value` under NAME. */
export function contents(files: readonly RenderedFile[]): Record<string, string> {
  const lines = files.flatMap(({ name, content }) =>
    content.split("\n").map((line, i): [string, string] => {
      const at = line.indexOf("=");
      return at < 0 ? [`${name}:${i + 1}`, line] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  return Object.fromEntries(lines);
}
