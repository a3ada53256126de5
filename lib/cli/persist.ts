import { setTimeout as sleep } from "node:timers/promises";
import { DaemonError, DaemonUnreachableError } from "../api/client";

/** A leader's death and its successor's election, with a margin: TTL is 10 s by default. */
const DEADLINE_MS = 60_000;

/** Tries over a change of leader, and while peers restart. Throws what the last try threw. */
export async function persist<T>(work: () => Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const pauseMs = ((error as Partial<DaemonError>).retryAfterSeconds ?? 1) * 1_000;
      if (!isPassing(error) || performance.now() + pauseMs > end) throw error;
      await sleep(pauseMs);
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof DaemonError) return [307, 429, 502, 503].includes(error.status);
  return error instanceof DaemonUnreachableError;
}
