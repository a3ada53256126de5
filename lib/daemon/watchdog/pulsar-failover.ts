import type { Job, JobRequest } from "../../api/wire";
import { failedOver } from "../../plan/moved";
import { pulsarFailover, pulsarHost } from "../../spec/queue";
import { sameSpec } from "../../spec/same";
import type { ClusterSpec } from "../../spec/spec";
import type { AlertSink } from "../alerts/alert";
import { pulsarGivenUp } from "../alerts/pulsar";
import { hasEnded } from "../jobs/state";
import type { Log } from "../log";
import type { Snapshot } from "../store/records";
import { messageOf } from "../wait";
import { Watch, type WatchOptions } from "./watch";

/** From a try that has failed to the next one. */
const AGAIN_MS = 300_000;
const CHANGE = "converge";

export interface PulsarFailoverOptions extends WatchOptions {
  /** What the daemons have agreed on, as far as this peer knows; undefined while etcd does not answer. */
  readonly known: () => Snapshot | undefined;
  /** Whether the broker answers, by the way that Milvus' roles of this peer have to it. */
  readonly answers: () => Promise<boolean>;
  readonly leads: () => boolean;
  readonly submit: (request: JobRequest) => Promise<unknown>;
  readonly alerts: AlertSink;
  readonly log: Pick<Log, "warn">;
}

/**
 * Has the leader begin Pulsar elsewhere once its host has not held the right to run it, and Pulsar has not answered, for as long as the
 * spec says. Every peer counts, so that a new leader need not begin to. What has begun is gone on with, whether Pulsar answers or not.
 */
export class PulsarFailover extends Watch {
  private goneSinceMs: number | undefined;
  private triedMs = -Infinity;

  constructor(private readonly o: PulsarFailoverOptions) {
    super(o);
  }

  async tick(): Promise<void> {
    const answers = await this.o.answers();
    const known = this.o.known();
    const spec = known?.spec?.value.spec;
    const wanted = spec && failedOver(spec);
    if (!known || !wanted || known.stopped || this.stopped) return this.forget();
    const begun = known.change?.value.spec;
    const isOurs = begun !== undefined && sameSpec(begun, wanted);
    if (begun !== undefined && !isOurs) return this.forget();
    if (isOurs) return this.goOn(spec, wanted, known, begun);
    if (answers || known.pulsar?.value === pulsarHost(spec)) return this.forget();
    this.goneSinceMs ??= this.now();
    const goneMs = this.now() - this.goneSinceMs;
    if (goneMs >= pulsarFailover(spec)!.afterSeconds * 1_000) await this.goOn(spec, wanted, known);
  }

  private forget(): void {
    this.goneSinceMs = undefined;
  }

  private async goOn(
    from: ClusterSpec,
    to: ClusterSpec,
    known: Snapshot,
    unfinished?: ClusterSpec,
  ): Promise<void> {
    const { leads, submit, alerts, log } = this.o;
    const isBusy = [...known.jobs.values()].some(({ value }) => isChange(value) && !hasEnded(value));
    if (!leads() || isBusy || this.now() - this.triedMs < AGAIN_MS) return;
    this.triedMs = this.now();
    try {
      await submit({ type: CHANGE, params: { from, to, ...(unfinished && { unfinished }) } });
      const [host, target] = [pulsarHost(from)!, pulsarHost(to)!];
      if (!unfinished) alerts.raise(pulsarGivenUp(host, target, this.now() - this.goneSinceMs!));
    } catch (error) {
      log.warn(`Pulsar does not begin elsewhere yet: ${messageOf(error)}`);
    }
  }
}

function isChange({ type }: Pick<Job, "type">): boolean {
  return type === CHANGE;
}
