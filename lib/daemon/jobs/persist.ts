import { setTimeout as sleep } from "node:timers/promises";
import { Changed, NotLeader } from "../store/records";
import { messageOf } from "../wait";

const PAUSE_MS = 250;

/**
 * Tries a write until etcd takes it. It ends with Changed or NotLeader, which no further try would change, or when the signal
 * fires: a leader without etcd loses its leadership within the TTL, so that is the deadline.
 */
export async function persist<T>(
  write: () => Promise<T>,
  o: { signal: AbortSignal; onProblem: (sentence: string) => void },
): Promise<T> {
  let told = "";
  for (;;) {
    o.signal.throwIfAborted();
    try {
      return await write();
    } catch (error) {
      if (error instanceof Changed || error instanceof NotLeader) throw error;
      if (told !== messageOf(error)) o.onProblem(messageOf(error));
      told = messageOf(error);
      await sleep(PAUSE_MS, undefined, { signal: o.signal }).catch(() => undefined);
    }
  }
}
