import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../wait";

export interface PulseOptions {
  /** One cheap read that needs a quorum. */
  readonly probe: () => Promise<unknown>;
  /** Milliseconds on a clock that never jumps. @default performance.now */
  readonly clock?: () => number;
  /** @default 2000 */
  readonly everyMs?: number;
  /** One sentence when etcd stops to answer, and one when it answers again; none before it has come up. */
  readonly onChange: (sentence: string) => void;
}

/** Whether etcd can be read with quorum, as this peer sees it. */
export class Pulse {
  private readonly now: () => number;
  private readonly stopping = new AbortController();
  private heardMs: number;
  private failing: string | undefined;
  private hasAnswered = false;
  private loop: Promise<void> | undefined;

  constructor(private readonly o: PulseOptions) {
    this.now = o.clock ?? (() => performance.now());
    this.heardMs = this.now();
  }

  /** How long etcd has not answered, and how that shows; names no address, for anybody may read it in /health. */
  get trouble(): { readonly reason: string; readonly sinceMs: number } | undefined {
    if (this.failing === undefined) return undefined;
    return { reason: this.failing, sinceMs: this.now() - this.heardMs };
  }

  start(): void {
    this.loop ??= this.run(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const sent = this.now();
      await this.o.probe().then(
        () => this.heard(sent),
        (error: unknown) => this.missed(error),
      );
      await sleep(this.o.everyMs ?? 2_000, undefined, { signal }).catch(() => undefined);
    }
  }

  private heard(sentMs: number): void {
    const silent = Math.round((sentMs - this.heardMs) / 1000);
    if (this.hasAnswered && this.failing) this.o.onChange(`etcd answers again, after ${silent} s`);
    this.heardMs = sentMs;
    this.hasAnswered = true;
    this.failing = undefined;
  }

  private missed(error: unknown): void {
    const reason = kindOf(messageOf(error));
    if (this.hasAnswered && !this.failing) {
      this.o.onChange(`etcd does not answer (${reason}): ${messageOf(error)}`);
    }
    this.failing = reason;
  }
}

/** A member that is up and cannot find a majority lets reads time out, or says that there is no leader. */
function kindOf(message: string): string {
  return /deadline|timed out|no leader|leader changed/i.test(message)
    ? "no quorum, or no way to it"
    : "no member answers";
}
