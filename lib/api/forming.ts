import { setTimeout as sleep } from "node:timers/promises";
import type { FormProgress, FormRequest } from "./wire";

/** A peer that takes part in forming a cluster, as whoever has it formed reaches it. */
export interface FormingPeer {
  readonly name: string;
  readonly daemon: {
    form(request: FormRequest): Promise<FormProgress>;
    formProgress(): Promise<FormProgress>;
  };
}

/** One thing that went wrong, for a person. */
export interface FormingProblem {
  /** "peer-2 failed to pull images". */
  readonly summary: string;
  readonly detail: string;
}

/** The cluster is not formed, or not by all peers. What is done stays done. */
export class FormingError extends Error {
  constructor(readonly problems: readonly FormingProblem[]) {
    super(problems.map((p) => `${p.summary}: ${p.detail}`).join("\n"));
    this.name = "FormingError";
  }
}

export interface FormingOptions {
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** How to go on after a failure, as a sentence. */
  readonly continues: string;
  /** What to do when the time was too short, as a sentence. */
  readonly late: string;
  /** Told whenever a peer does something else: "peer-2: pull images (minio)". */
  readonly onProgress?: (line: string) => void;
}

const POLL_MS = 1_000;
/** A peer that restarts its daemon, or a network that hiccups, gets this long before it counts as lost. */
const SILENCE_MS = 60_000;

/** Sends the request to every peer at once and waits until all have formed the cluster. Idempotent. Throws FormingError. */
export async function formCluster(
  peers: readonly FormingPeer[],
  request: FormRequest,
  o: FormingOptions,
): Promise<void> {
  await everyPeer(peers, (peer) => peer.daemon.form(request), "did not accept the cluster's spec");
  const deadline = performance.now() + o.timeoutSeconds * 1000;
  const watches = peers.map((peer) => new Watch(peer, o));
  for (;;) {
    await Promise.all(watches.map((watch) => watch.look()));
    const failed = watches.flatMap((watch) => watch.failure() ?? []);
    if (o.signal.aborted) throw interrupted(watches, o);
    if (failed.length > 0) throw new FormingError(failed);
    if (watches.every((watch) => watch.done)) return;
    if (performance.now() > deadline) throw late(watches, o);
    await sleep(POLL_MS, undefined, { signal: o.signal }).catch(() => undefined);
  }
}

/** Runs an action on every peer at once; the FormingError names every peer on which it failed. */
export async function everyPeer<P extends { readonly name: string }, R>(
  peers: readonly P[],
  action: (peer: P) => Promise<R>,
  failed: string,
): Promise<R[]> {
  const results = await Promise.allSettled(peers.map(action));
  const reasons = new Map<string, string[]>();
  for (const [i, result] of results.entries()) {
    if (result.status === "fulfilled") continue;
    const { name } = peers[i]!;
    const said = messageOf(result.reason);
    const detail = said.startsWith(`${name}: `) ? said.slice(name.length + 2) : said;
    reasons.set(detail, [...(reasons.get(detail) ?? []), name]);
  }
  // What several say is said once; the summary names them.
  const problems = [...reasons].map(([detail, names]) => ({
    summary: `${names.join(", ")} ${failed}`,
    detail,
  }));
  if (problems.length > 0) throw new FormingError(problems);
  return results.map((result) => (result as PromiseFulfilledResult<R>).value);
}

/** What one peer says of its progress. */
class Watch {
  #progress: FormProgress | undefined;
  #told = "";
  #heardAt = performance.now();
  #silence: string | undefined;

  constructor(
    private readonly peer: FormingPeer,
    private readonly o: FormingOptions,
  ) {}

  get done(): boolean {
    return this.#progress?.state === "done";
  }

  async look(): Promise<void> {
    if (this.done) return;
    try {
      this.#progress = await this.peer.daemon.formProgress();
      this.#heardAt = performance.now();
      this.#silence = undefined;
      this.#tell();
    } catch (error) {
      this.#silence = messageOf(error);
    }
  }

  failure(): FormingProblem | undefined {
    const { name } = this.peer;
    if (this.#progress?.state === "failed") {
      const step = this.#progress.steps.find((s) => s.state === "failed");
      const detail = `${step?.error ?? this.#progress.error ?? "it gave no reason"}. ${this.o.continues}`;
      return { summary: `${name} failed to ${step?.title ?? "form the cluster"}`, detail };
    }
    if (this.#silence === undefined || performance.now() - this.#heardAt < SILENCE_MS) return undefined;
    const detail = `No answer for ${SILENCE_MS / 1000} s: ${this.#silence}. Last heard: ${this.state}. ${this.o.continues}`;
    return { summary: `${name} was lost while the cluster was being formed`, detail };
  }

  /** One phrase: what it is doing. */
  get state(): string {
    const step = this.#progress?.steps.find((s) => s.state === "running");
    if (!step) return this.#progress?.state ?? "nothing yet";
    return step.detail ? `${step.title} (${step.detail})` : step.title;
  }

  get line(): string {
    return `${this.peer.name}: ${this.#silence ?? this.state}`;
  }

  #tell(): void {
    if (this.line === this.#told) return;
    this.#told = this.line;
    this.o.onProgress?.(this.line);
  }
}

function late(watches: readonly Watch[], o: FormingOptions): FormingError {
  const waiting = watches.filter((watch) => !watch.done).map((watch) => watch.line);
  const detail = `Still waiting for:\n${waiting.join("\n")}\n${o.continues} ${o.late}`;
  return new FormingError([{ summary: `The cluster was not formed within ${o.timeoutSeconds} s`, detail }]);
}

function interrupted(watches: readonly Watch[], { continues }: FormingOptions): FormingError {
  const detail = `The peers go on by themselves; when interrupted:\n${watches.map((w) => w.line).join("\n")}\n${continues}`;
  return new FormingError([{ summary: "Interrupted while the cluster was being formed", detail }]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
