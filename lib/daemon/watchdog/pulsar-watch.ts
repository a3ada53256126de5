import type { AlertSink } from "../alerts/alert";
import { pulsarDown, pulsarUp } from "../alerts/pulsar";
import { DOWN_TICKS } from "./observe";
import { Watch, type WatchOptions } from "./watch";

/** An absence that has not ended. */
interface Away {
  readonly host: string;
  /** When it was missed first. */
  readonly sinceMs: number;
  /** Looks in a row without an answer. */
  readonly missed: number;
  /** Somebody has said so: this peer, or whoever led then. */
  readonly announced: boolean;
}

/** Outlives a watch that is made anew because the cluster has other peers. */
export interface PulsarPast {
  away?: Away;
}

export interface PulsarWatchOptions extends WatchOptions {
  /** Peer that runs the one Pulsar. */
  readonly host: string;
  /** Whether the broker answers, by the way that Milvus' roles of this peer have to it. */
  readonly answers: () => Promise<boolean>;
  readonly leads: () => boolean;
  readonly leader: () => string | undefined;
  /** While it says so Pulsar may be away as it is meant to be. */
  readonly quiet: () => boolean;
  readonly alerts: AlertSink;
  readonly past: PulsarPast;
}

/** Observes whether the one Pulsar answers. As with peers, each observes and the leader speaks. */
export class PulsarWatch extends Watch {
  constructor(private readonly o: PulsarWatchOptions) {
    super(o);
  }

  async tick(): Promise<void> {
    const isThere = await this.o.answers();
    if (this.stopped) return;
    if (isThere) this.returned();
    else this.missed();
  }

  private returned(): void {
    const { past, leads, alerts } = this.o;
    const { away } = past;
    past.away = undefined;
    if (away?.announced && leads()) alerts.raise(pulsarUp(away.host, this.now() - away.sinceMs));
  }

  private missed(): void {
    const { past, host, quiet, leads, leader, alerts } = this.o;
    const before = past.away ?? { host, sinceMs: this.now(), missed: 0, announced: false };
    const away = { ...before, missed: before.missed + 1 };
    past.away = away;
    if (away.announced || away.missed < DOWN_TICKS || quiet()) return;
    if (leads()) alerts.raise(pulsarDown(host, this.now() - away.sinceMs));
    // Whoever leads observes the same within the tick; a leader that is lost with the host says nothing.
    const others = leader() !== undefined && leader() !== host && away.missed === DOWN_TICKS;
    past.away = { ...away, announced: leads() || others };
  }
}
