import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../log";
import type { ComponentEvent, Components } from "../ports/components";
import { messageOf } from "../wait";

/** Between two attempts to hear the engine's events. */
const RETRY_MS = 2_000;
/** A look is made so long after an event: what happens together is looked at together. */
const SETTLE_MS = 200;

/** The engine's events, kept until somebody takes them; connects again for ever, and asks for what it has missed. */
export class EventFeed {
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;
  private waiting: ComponentEvent[] = [];
  private fresh = false;
  private wake: (() => void) | undefined;
  private lastSeconds: number | undefined;

  constructor(
    private readonly components: Pick<Components, "events">,
    private readonly log: Log,
    private readonly retryMs = RETRY_MS,
  ) {}

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  take(): readonly ComponentEvent[] {
    const taken = this.waiting;
    this.waiting = [];
    this.fresh = false;
    return taken;
  }

  /** Puts back what was taken and could not be used. */
  giveBack(events: readonly ComponentEvent[]): void {
    this.waiting = [...events, ...this.waiting];
  }

  /** Waits for the next event, and a little for those that come with it; at most so long, and not beyond `stop`. */
  async next(mostMs: number): Promise<void> {
    const { signal } = this.stopping;
    if (!this.fresh) {
      const heard = new AbortController();
      this.wake = () => heard.abort();
      await sleep(mostMs, undefined, { signal: AbortSignal.any([signal, heard.signal]) }).catch(
        () => undefined,
      );
      this.wake = undefined;
    }
    if (this.fresh) await sleep(SETTLE_MS, undefined, { signal }).catch(() => undefined);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let last = "";
    while (!signal.aborted) {
      const why = await this.listen(signal).catch((error: unknown) => messageOf(error));
      if (why !== last && !signal.aborted)
        this.log.warn(`watchdog: no events from Docker: ${why}; it looks every tick`);
      last = why;
      await sleep(this.retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async listen(signal: AbortSignal): Promise<string> {
    const sinceSeconds = this.lastSeconds;
    await this.components.events({ sinceSeconds, signal, onEvent: (event, at) => this.keep(event, at) });
    return "the stream has ended";
  }

  private keep(event: ComponentEvent, atSeconds: number): void {
    // What is brought back begins with the last one that was heard.
    if (this.lastSeconds !== undefined && atSeconds <= this.lastSeconds) return;
    this.lastSeconds = atSeconds;
    this.waiting.push(event);
    this.fresh = true;
    this.wake?.();
  }
}
