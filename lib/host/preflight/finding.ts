import type { Explanation } from "../errors";

/** One thing that is wrong with a VM (`error`: it will not work) or worth a second look (`warning`). */
export interface Finding extends Explanation {
  readonly severity: "error" | "warning";
  /** Stable word for the kind of finding, e.g. "port-taken". */
  readonly code: string;
}

/** One line for a person. */
export function findingText(f: Finding): string {
  return `${f.what}: ${f.why}. ${f.fix}`;
}

type Make = (code: string, what: string, why: string, fix: string) => Finding;
export const error: Make = (code, what, why, fix) => ({ severity: "error", code, what, why, fix });
export const warning: Make = (code, what, why, fix) => ({ severity: "warning", code, what, why, fix });

/** "1.5 GiB" */
export function gib(mb: number): string {
  return `${Math.round((mb / 1024) * 10) / 10} GiB`;
}

/** "5 min 1 s" */
export function duration(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 100) / 10;
  if (seconds < 60) return `${seconds} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
