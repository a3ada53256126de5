import type { AlertSink } from "../alerts/alert";
import type { PeerAt } from "../alerts/peer";
import { observe, type PeerHistory } from "./observe";
import { Watch, type WatchOptions } from "./watch";

export interface PeerWatchOptions extends WatchOptions {
  /** All peers but this one. */
  readonly peers: readonly PeerAt[];
  /** Asks a peer's daemon for its health; rejects when it does not answer within its own deadline. */
  readonly ask: (node: string) => Promise<unknown>;
  readonly leads: () => boolean;
  readonly leader: () => string | undefined;
  /** While it says so, nobody is told of a loss. @default - never */
  readonly quiet?: () => boolean;
  readonly alerts: AlertSink;
}

/** Observes which other peers answer. */
export class PeerWatch extends Watch {
  private history: PeerHistory = new Map();
  private downNow: readonly string[] = [];

  constructor(private readonly o: PeerWatchOptions) {
    super(o);
  }

  /** Peers that are down as this one sees it. */
  get down(): readonly string[] {
    return this.downNow;
  }

  /** Whether a peer answered at the last look; one that was never looked for counts as there. */
  answers(node: string): boolean {
    return (this.history.get(node)?.missed ?? 0) === 0;
  }

  async tick(): Promise<void> {
    const { peers, ask } = this.o;
    const answers = await Promise.allSettled(peers.map(({ node }) => ask(node)));
    const answered = new Set(
      peers.flatMap(({ node }, i) => (answers[i]?.status === "fulfilled" ? [node] : [])),
    );
    if (this.stopped) return;
    const [leads, leader, quiet] = [this.o.leads(), this.o.leader(), this.o.quiet?.()];
    const decision = observe(this.history, { nowMs: this.now(), peers, answered, leads, leader, quiet });
    this.history = decision.history;
    this.downNow = decision.down;
    for (const alert of decision.alerts) this.o.alerts.raise(alert);
  }
}
