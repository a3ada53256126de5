import { pulsarHost } from "../../spec/queue";
import type { ClusterSpec } from "../../spec/spec";
import type { Log } from "../log";
import type { Components } from "../ports/components";
import { messageOf } from "../wait";
import { Watch, type WatchOptions } from "./watch";

export interface PulsarReturnOptions extends WatchOptions {
  /** Name of this peer. */
  readonly self: string;
  readonly components: Pick<Components, "list">;
  /** The spec in force, as a quorum of etcd tells it; undefined while a change is under way. */
  readonly settled: () => Promise<ClusterSpec | undefined>;
  /** Makes this peer as a spec wants it that has Pulsar elsewhere. */
  readonly catchUp: (spec: ClusterSpec) => Promise<void>;
  readonly log: Pick<Log, "info" | "warn">;
}

/** A host that comes back after Pulsar has begun elsewhere: nobody could tell it meanwhile, so it goes by the new spec by itself. */
export class PulsarReturn extends Watch {
  private told: string | undefined;

  constructor(private readonly o: PulsarReturnOptions) {
    super(o);
  }

  async tick(): Promise<void> {
    const { self, components, settled, catchUp, log } = this.o;
    try {
      if (!(await components.list()).some(({ service }) => service === "pulsar")) return;
      const spec = await settled();
      if (spec === undefined || pulsarHost(spec) === undefined || pulsarHost(spec) === self || this.stopped)
        return;
      log.warn(`Pulsar has begun on ${pulsarHost(spec)!} while ${self} was away: ${self} goes by that now`);
      await catchUp(spec);
      log.info(`${self} goes by the Pulsar on ${pulsarHost(spec)!}; what its own held is kept beside it`);
      this.told = undefined;
    } catch (error) {
      if (messageOf(error) !== this.told)
        log.warn(`a Pulsar that is no longer wanted here: ${messageOf(error)}`);
      this.told = messageOf(error);
    }
  }
}
