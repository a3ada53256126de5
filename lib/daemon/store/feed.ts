import { setTimeout as sleep } from "node:timers/promises";
import type { KeyedValue, Range, Store } from "../ports/store";
import { messageOf } from "../wait";

export interface FeedOptions {
  readonly store: Store;
  readonly prefix: string;
  /** Everything, at first and whenever the watch had to begin anew. */
  onRange(range: Range): void;
  onChange(changed: readonly KeyedValue[], deleted: readonly string[], revision: string): void;
  /** Why nothing comes at the moment. */
  onLost?(reason: string): void;
  /** Milliseconds before the n-th try in a row. @default 100 doubled each time up to 5000, and up to a quarter less */
  backOffMs?(tries: number): number;
}

/** A watch that lived so long was worth its range: the next one may come at once. */
const WORTH_MS = 5_000;

/** Keeps up with everything below a prefix, over losses of members, quorum and history, until it is stopped. */
export class Feed {
  private readonly stopping = new AbortController();
  private readonly backOffMs: (tries: number) => number;
  private loop: Promise<void> | undefined;

  constructor(private readonly o: FeedOptions) {
    this.backOffMs = o.backOffMs ?? jitteredBackOff;
  }

  start(): void {
    this.loop ??= this.run(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (let tries = 0; !signal.aborted; tries += 1) {
      const began = performance.now();
      const reason = await this.follow(signal).catch(messageOf);
      if (signal.aborted) return;
      this.o.onLost?.(reason);
      if (performance.now() - began > WORTH_MS) tries = 0;
      await sleep(this.backOffMs(tries), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Ends with the reason for which the watch was lost. */
  private async follow(signal: AbortSignal): Promise<string> {
    const { store, prefix } = this.o;
    const range = await store.range(prefix);
    if (signal.aborted) return "stopped";
    this.o.onRange(range);
    let lost!: (reason: string) => void;
    const end = new Promise<string>((resolve) => (lost = resolve));
    const stop = (): void => lost("stopped");
    signal.addEventListener("abort", stop, { once: true });
    try {
      const onChange = this.guarded(lost);
      const watch = await store.watch(prefix, range.revision, { onChange, onLost: lost });
      if (signal.aborted) lost("stopped");
      return await end.finally(() => watch.close());
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** A change that could not be taken in: nobody above would catch it, so everything is read again. */
  private guarded(lost: (reason: string) => void): FeedOptions["onChange"] {
    return (...change) => {
      if (this.stopping.signal.aborted) return;
      try {
        this.o.onChange(...change);
      } catch (error) {
        lost(messageOf(error));
      }
    };
  }
}

function jitteredBackOff(tries: number): number {
  return Math.min(5_000, 100 * 2 ** Math.min(tries, 10)) * (1 - Math.random() / 4);
}
