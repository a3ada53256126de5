import { randomInt } from "node:crypto";

const TIME_DIGITS = 9;
const RANDOM_DIGITS = 6;

/** What an id looks like: `0mijk2x9a-4f8q1z`. */
export const JOB_ID = /^[0-9a-z]{9}-[0-9a-z]{6}$/;

/**
 * An id that sorts behind every other. Its first part is the time in milliseconds, base 36; should a leader's clock be behind
 * that of its predecessor, ids count on from the newest one.
 */
export function newJobId(nowMs: number, newest: string | undefined): string {
  const time = Math.max(nowMs, newest === undefined ? 0 : timeOf(newest) + 1);
  return `${base36(time, TIME_DIGITS)}-${base36(randomInt(36 ** RANDOM_DIGITS), RANDOM_DIGITS)}`;
}

function timeOf(id: string): number {
  return JOB_ID.test(id) ? parseInt(id.slice(0, TIME_DIGITS), 36) : 0;
}

function base36(n: number, digits: number): string {
  return n.toString(36).padStart(digits, "0");
}
