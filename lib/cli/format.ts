export { bytesText as bytes } from "../plan/bytes-text";

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

/** A length of time for a person: "850 ms", "1.2 s", "42 s", "3 min 5 s", "2 h", "5 d 3 h". */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const found = UNITS.find(([, size]) => seconds >= size);
  if (!found) return `${seconds} s`;
  const [unit, size] = found;
  const [smaller, part] = UNITS[UNITS.indexOf(found) + 1] ?? ["s", 1];
  const rest = Math.floor((seconds % size) / part);
  return `${Math.floor(seconds / size)} ${unit}${rest > 0 ? ` ${rest} ${smaller}` : ""}`;
}

/** When, for a person: "2026-03-01 12:00:05Z (3 min 5 s ago)". */
export function moment(iso: string | undefined, nowMs = Date.now()): string {
  if (iso === undefined) return "";
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  const absolute = `${new Date(at).toISOString().slice(0, 19).replace("T", " ")}Z`;
  const ago = nowMs - at;
  return `${absolute} (${ago < 0 ? `in ${duration(-ago)}` : `${duration(ago)} ago`})`;
}
