import { setTimeout as sleep } from "node:timers/promises";
import type { PeerSession } from "./peer-session";

/** Asked at first; then, each time, as many more as were asked by then. */
const AT_FIRST = 3;
/** A peer that is up answers within this, as a rule. */
const PATIENCE_MS = 1_000;

/**
 * The answer of whichever peer has it first. A few are asked, and more only when those fail or take long: most answers are gathered from
 * all peers, and each of fifty would be asked fifty times. Rejects with an AggregateError, one error a session, when nobody answers.
 */
export async function soonest<T>(
  sessions: readonly PeerSession[],
  ask: (session: PeerSession) => Promise<T>,
): Promise<T> {
  const asked: Promise<T>[] = [];
  while (asked.length < sessions.length) {
    const more = Math.max(AT_FIRST, asked.length);
    asked.push(...sessions.slice(asked.length, asked.length + more).map(ask));
    const answer = await early(Promise.any(asked));
    if (answer) return answer.value;
  }
  return Promise.any(asked);
}

/** What comes while one is patient; at once undefined where it fails. */
async function early<T>(answer: Promise<T>): Promise<{ value: T } | undefined> {
  const end = new AbortController();
  const patience = sleep(PATIENCE_MS, undefined, { signal: end.signal }).catch(() => undefined);
  try {
    return await Promise.race([
      answer.then(
        (value) => ({ value }),
        () => undefined,
      ),
      patience,
    ]);
  } finally {
    end.abort();
  }
}
