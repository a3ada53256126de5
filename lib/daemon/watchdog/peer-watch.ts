import { setTimeout as sleep } from "node:timers/promises";
import type { AlertSink } from "../alerts/alert";
import type { PeerAt } from "../alerts/peer";
import { LIMITS } from "./limits";
import { observe, type PeerHistory } from "./observe";

export interface PeerWatchOptions {
  /** All peers but this one. */
  readonly peers: readonly PeerAt[];
  /** Asks a peer's daemon for its health; rejects when it does not answer within its own deadline. */
  readonly ask: (node: string) => Promise<unknown>;
  readonly leads: () => boolean;
  readonly leader: () => string | undefined;
  /** While it says so, nobody is told of a loss. @default - never */
  readonly quiet?: () => boolean;
  readonly alerts: AlertSink;
  /** Between two looks. @default LIMITS.tickMs */
  readonly tickMs?: number;
  /** Milliseconds on a clock that never jumps. @default performance.now */
  readonly now?: () => number;
}

/** Observes which other peers answer. */
export class PeerWatch {
  private readonly stopping = new AbortController();
  private readonly now: () => number;
  private loop: Promise<void> | undefined;
  private history: PeerHistory = new Map();
  private downNow: readonly string[] = [];

  constructor(private readonly o: PeerWatchOptions) {
    this.now = o.now ?? (() => performance.now());
  }

  /** Peers that are down as this one sees it. */
  get down(): readonly string[] {
    return this.downNow;
  }

  /** Whether a peer answered at the last look; one that was never looked for counts as there. */
  answers(node: string): boolean {
    return (this.history.get(node)?.missed ?? 0) === 0;
  }

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  async tick(): Promise<void> {
    const { peers, ask } = this.o;
    const answers = await Promise.allSettled(peers.map(({ node }) => ask(node)));
    const answered = new Set(
      peers.flatMap(({ node }, i) => (answers[i]?.status === "fulfilled" ? [node] : [])),
    );
    if (this.stopping.signal.aborted) return;
    const [leads, leader, quiet] = [this.o.leads(), this.o.leader(), this.o.quiet?.()];
    const decision = observe(this.history, { nowMs: this.now(), peers, answered, leads, leader, quiet });
    this.history = decision.history;
    this.downNow = decision.down;
    for (const alert of decision.alerts) this.o.alerts.raise(alert);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const next = this.now() + (this.o.tickMs ?? LIMITS.tickMs);
      await this.tick();
      await sleep(Math.max(0, next - this.now()), undefined, { signal }).catch(() => undefined);
    }
  }
}
