import { setTimeout as sleep } from "node:timers/promises";
import { everyPeer as onEveryPeer, formCluster, FormingError } from "../../../api/forming";
import type { FormRequest, StatusReply } from "../../../api/wire";
import { DiagnosticsError } from "../../framework";
import { log } from "../../log";
import type { PeerSession } from "../peer-session";
import { soonest } from "../soonest";

const POLL_MS = 1_000;
/** After forming: the first leader is elected and every health check has passed once. */
const SETTLE_MS = 60_000;

/** Sends the request to every peer at once and waits until all have formed the cluster. Idempotent. */
export function form(
  sessions: readonly PeerSession[],
  request: FormRequest,
  o: { timeoutSeconds: number; signal: AbortSignal },
): Promise<void> {
  return told(
    formCluster(sessions, request, {
      ...o,
      continues: "What is done stays done: the next apply continues from here.",
      late: "Raise timeouts.create where this is just slow.",
      onProgress: (line) => log.info(line),
    }),
  );
}

/** Runs an action on every peer at once; an error names every peer on which it failed. */
export function everyPeer<R>(
  sessions: readonly PeerSession[],
  action: (session: PeerSession) => Promise<R>,
  failed: string,
): Promise<R[]> {
  return told(onEveryPeer(sessions, action, failed));
}

/** Failures as Terraform shows them. */
function told<R>(work: Promise<R>): Promise<R> {
  return work.catch((error: unknown) => {
    if (!(error instanceof FormingError)) throw error;
    throw new DiagnosticsError(error.problems.map((p) => ({ severity: "error", ...p })));
  });
}

/** The cluster's own view once it has settled and goes by a generation; after a minute, whatever it is by then. */
export async function settledStatus(
  sessions: readonly PeerSession[],
  signal: AbortSignal,
  generation = 0,
): Promise<StatusReply> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const status = await firstStatus(sessions);
    const settled =
      status.health === "ok" && status.leader && (status.cluster?.generation ?? 0) >= generation;
    if (settled || signal.aborted || performance.now() > deadline) return status;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** From whichever member answers first; a peer that knows no cluster is heard only when no member answers. */
export async function firstStatus(sessions: readonly PeerSession[]): Promise<StatusReply> {
  const replies: Promise<StatusReply>[] = [];
  const asMember = async ({ daemon }: PeerSession): Promise<StatusReply> => {
    const reply = daemon.status();
    replies.push(reply);
    const status = await reply;
    if (!status.cluster) throw new Error("not a member");
    return status;
  };
  return soonest(sessions, asMember).catch(() => Promise.any(replies));
}
