import { createColors } from "picocolors";

export type Colours = ReturnType<typeof createColors>;

/** Colours for one stream: none unless a person sees it on a terminal and has not asked for none (no-color.org). */
export function colours(stream: { isTTY?: boolean }): Colours {
  const { NO_COLOR, TERM } = process.env;
  return createColors(Boolean(stream.isTTY) && !NO_COLOR && TERM !== "dumb");
}

const GOOD = new Set(["ok", "healthy", "succeeded", "done", "member"]);
const BAD = new Set(["down", "unhealthy", "missing", "stopped", "failed", "FAILED", "unreachable"]);
const MIDDLING = new Set(["degraded", "starting", "running", "queued", "forming", "cancelled", "unformed"]);

/** A word of ours in the colour of what it means; other words as they are. */
export function tinted(word: string, c: Colours = colours(process.stdout)): string {
  if (GOOD.has(word)) return c.green(word);
  if (BAD.has(word)) return c.red(word);
  return MIDDLING.has(word) ? c.yellow(word) : word;
}
