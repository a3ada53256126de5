import { setTimeout as sleep } from "node:timers/promises";
import { LIMITS } from "./limits";

export interface WatchOptions {
  /** Between two looks. @default LIMITS.tickMs */
  readonly tickMs?: number;
  /** Milliseconds on a clock that never jumps. @default performance.now */
  readonly now?: () => number;
}

/** Looks again and again, a tick from one look's start to the next one's. */
export abstract class Watch {
  protected readonly now: () => number;
  private readonly tickMs: number;
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;

  constructor({ tickMs = LIMITS.tickMs, now = () => performance.now() }: WatchOptions) {
    this.tickMs = tickMs;
    this.now = now;
  }

  /** One look. */
  abstract tick(): Promise<void>;

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  /** What a look finds that ends after that is nobody's concern. */
  protected get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const next = this.now() + this.tickMs;
      await this.tick();
      await sleep(Math.max(0, next - this.now()), undefined, { signal }).catch(() => undefined);
    }
  }
}
