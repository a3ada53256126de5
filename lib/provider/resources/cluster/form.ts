import { setTimeout as sleep } from "node:timers/promises";
import type { FormProgress, FormRequest, StatusReply } from "../../../api/wire";
import { DiagnosticsError, type Diagnostic } from "../../framework";
import { log } from "../../log";
import type { PeerSession } from "../peer-session";

const POLL_MS = 1_000;
/** A peer that restarts its daemon, or a network that hiccups, gets this long before it counts as lost. */
const SILENCE_MS = 60_000;
/** After forming: the first leader is elected and every health check has passed once. */
const SETTLE_MS = 60_000;

const CONTINUES = "What is done stays done: the next apply continues from here.";

/** Sends the request to every peer at once and waits until all have formed the cluster. Idempotent. */
export async function form(
  sessions: readonly PeerSession[],
  request: FormRequest,
  o: { timeoutSeconds: number; signal: AbortSignal },
): Promise<void> {
  await everyPeer(sessions, (session) => session.daemon.form(request), "did not accept the cluster's spec");
  const deadline = performance.now() + o.timeoutSeconds * 1000;
  const watches = sessions.map((session) => new Watch(session));
  for (;;) {
    await Promise.all(watches.map((watch) => watch.look()));
    const failed = watches.flatMap((watch) => watch.failure() ?? []);
    if (o.signal.aborted) throw interrupted(watches);
    if (failed.length > 0) throw new DiagnosticsError(failed);
    if (watches.every((watch) => watch.done)) return;
    if (performance.now() > deadline) throw late(watches, o.timeoutSeconds);
    await sleep(POLL_MS, undefined, { signal: o.signal }).catch(() => undefined);
  }
}

/** Runs an action on every peer at once; an error names every peer on which it failed. */
export async function everyPeer<R>(
  sessions: readonly PeerSession[],
  action: (session: PeerSession) => Promise<R>,
  failed: string,
): Promise<R[]> {
  const results = await Promise.allSettled(sessions.map(action));
  const problems = results.flatMap((result, i): Diagnostic[] =>
    result.status === "fulfilled"
      ? []
      : [{ severity: "error", summary: `${sessions[i]!.name} ${failed}`, detail: messageOf(result.reason) }],
  );
  if (problems.length > 0) throw new DiagnosticsError(problems);
  return results.map((result) => (result as PromiseFulfilledResult<R>).value);
}

/** The cluster's own view once it has settled; after a minute, whatever it is by then. */
export async function settledStatus(
  sessions: readonly PeerSession[],
  signal: AbortSignal,
): Promise<StatusReply> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const status = await firstStatus(sessions);
    if ((status.health === "ok" && status.leader) || signal.aborted || performance.now() > deadline)
      return status;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** From whichever member answers first; a peer that knows no cluster is heard only when no member answers. */
export async function firstStatus(sessions: readonly PeerSession[]): Promise<StatusReply> {
  const replies = sessions.map((session) => session.daemon.status());
  const members = replies.map(async (reply) => {
    const status = await reply;
    if (!status.cluster) throw new Error("not a member");
    return status;
  });
  return Promise.any(members).catch(() => Promise.any(replies));
}

/** What one peer says of its progress. */
class Watch {
  #progress: FormProgress | undefined;
  #told = "";
  #heardAt = performance.now();
  #silence: string | undefined;

  constructor(private readonly session: PeerSession) {}

  get done(): boolean {
    return this.#progress?.state === "done";
  }

  async look(): Promise<void> {
    if (this.done) return;
    try {
      this.#progress = await this.session.daemon.formProgress();
      this.#heardAt = performance.now();
      this.#silence = undefined;
      this.#tell();
    } catch (error) {
      this.#silence = messageOf(error);
    }
  }

  failure(): Diagnostic | undefined {
    const { name } = this.session;
    if (this.#progress?.state === "failed") {
      const step = this.#progress.steps.find((s) => s.state === "failed");
      const detail = `${step?.error ?? this.#progress.error ?? "it gave no reason"}. ${CONTINUES}`;
      return { severity: "error", summary: `${name} failed to ${step?.title ?? "form the cluster"}`, detail };
    }
    if (this.#silence === undefined || performance.now() - this.#heardAt < SILENCE_MS) return undefined;
    const detail = `No answer for ${SILENCE_MS / 1000} s: ${this.#silence}. Last heard: ${this.state}. ${CONTINUES}`;
    return { severity: "error", summary: `${name} was lost while the cluster was being formed`, detail };
  }

  /** One phrase: what it is doing. */
  get state(): string {
    const step = this.#progress?.steps.find((s) => s.state === "running");
    if (!step) return this.#progress?.state ?? "nothing yet";
    return step.detail ? `${step.title} (${step.detail})` : step.title;
  }

  get line(): string {
    return `${this.session.name}: ${this.#silence ?? this.state}`;
  }

  #tell(): void {
    if (this.line === this.#told) return;
    this.#told = this.line;
    log.info(this.line);
  }
}

function late(watches: readonly Watch[], seconds: number): DiagnosticsError {
  const waiting = watches.filter((watch) => !watch.done).map((watch) => watch.line);
  const detail = `Still waiting for:\n${waiting.join("\n")}\n${CONTINUES} Raise timeouts.create where this is just slow.`;
  return new DiagnosticsError([
    { severity: "error", summary: `The cluster was not formed within ${seconds} s`, detail },
  ]);
}

function interrupted(watches: readonly Watch[]): DiagnosticsError {
  const detail = `The peers go on by themselves; when interrupted:\n${watches.map((w) => w.line).join("\n")}\n${CONTINUES}`;
  return new DiagnosticsError([
    { severity: "error", summary: "Interrupted while the cluster was being formed", detail },
  ]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
