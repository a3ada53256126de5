import { setTimeout as sleep } from "node:timers/promises";
import { DaemonError } from "../../../api/client";
import { DiagnosticsError } from "../../framework";
import type { PeerSession } from "../peer-session";

export const POLL_MS = 1_000;
/** A leader that dies is succeeded long before. */
const SILENCE_MS = 90_000;

export interface AskOptions {
  readonly signal: AbortSignal;
  /** What it means when a peer says no. */
  readonly refusal: string;
}

/** Asks one peer after the other until one knows the answer. Throws the refusal of a peer, or what kept all of them silent. */
export async function asked<T>(
  sessions: readonly PeerSession[],
  { signal, refusal }: AskOptions,
  question: (session: PeerSession) => Promise<T>,
): Promise<T> {
  const since = performance.now();
  for (;;) {
    const problems: string[] = [];
    for (const session of sessions) {
      try {
        return await question(session);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof DaemonError && !isPassing(error)) throw failed(refusal, error.message);
        problems.push((error as Error).message);
      }
    }
    if (performance.now() - since > SILENCE_MS)
      throw failed("No peer of the cluster answers", problems.join("\n"));
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }
}

export function failed(summary: string, detail: string): DiagnosticsError {
  return new DiagnosticsError([{ severity: "error", summary, detail }]);
}

/** Nobody leads right now, or etcd has no quorum. */
function isPassing({ status }: DaemonError): boolean {
  return status === 307 || status === 429 || status >= 500;
}
