import type { JobRequest } from "../../api/wire";
import { pulsarFailover, pulsarHost } from "../../spec/queue";
import type { ClusterSpec } from "../../spec/spec";
import type { AlertSink } from "../alerts/alert";
import type { Log } from "../log";
import type { Components } from "../ports/components";
import type { Http } from "../ports/runtime";
import type { Store } from "../ports/store";
import type { Snapshot, StopRecord } from "../store/records";
import type { MaintenanceMarks } from "./marks";
import { pulsarAnswers } from "./missing";
import { PulsarFailover } from "./pulsar-failover";
import { PulsarReturn } from "./pulsar-return";
import { PulsarTenure } from "./pulsar-tenure";
import { PulsarWatch, type PulsarPast } from "./pulsar-watch";
import type { Watch } from "./watch";

export interface PulsarWatchesOptions {
  readonly spec: ClusterSpec;
  /** Name of this peer. */
  readonly self: string;
  readonly components: Pick<Components, "list" | "start" | "signal">;
  readonly http: Http;
  readonly store: Pick<Store, "grantLease" | "keepAlive" | "revokeLease" | "acquire">;
  readonly marks: MaintenanceMarks;
  readonly leads: () => boolean;
  readonly leader: () => string | undefined;
  readonly stopped: () => StopRecord | undefined;
  readonly pulsar: PulsarCircumstances;
  readonly submit: (request: JobRequest) => Promise<unknown>;
  readonly alerts: AlertSink;
  readonly log: Log;
}

/** What the watches of Pulsar need of the cluster. */
export interface PulsarCircumstances {
  readonly past: PulsarPast;
  /** Key of the right to run it. */
  readonly key: string;
  /** What the daemons have agreed on, from the cache; undefined while etcd does not answer. */
  readonly known: () => Snapshot | undefined;
  /** The same as a quorum of etcd tells it. */
  readonly read: () => Promise<Snapshot>;
  /** See tasks/catch-up.ts. */
  readonly catchUp: (spec: ClusterSpec) => Promise<void>;
}

/** All that has an eye on the one Pulsar of a cluster; nothing where it has none. */
export function pulsarWatches(o: PulsarWatchesOptions): Watch[] {
  const { spec, self, http, leads, pulsar, log } = o;
  const host = pulsarHost(spec);
  if (host === undefined) return [];
  const answers = (): Promise<boolean> => pulsarAnswers({ spec, http });
  const failover = pulsarFailover(spec);
  return [
    new PulsarWatch({ ...o, host, answers, past: pulsar.past, quiet: () => isQuiet(o) }),
    ...(failover ? [new PulsarFailover({ ...o, answers, leads, known: pulsar.known })] : []),
    host !== self
      ? new PulsarReturn({ ...o, settled: () => settled(pulsar), catchUp: pulsar.catchUp, log })
      : undefined,
    host === self && failover ? tenure(o) : undefined,
  ].filter((watch) => watch !== undefined);
}

function isQuiet({ stopped, pulsar }: PulsarWatchesOptions): boolean {
  return stopped() !== undefined || pulsar.known()?.change !== undefined;
}

async function settled({ read }: PulsarCircumstances): Promise<ClusterSpec | undefined> {
  const { spec, change, stopped } = await read();
  return change || stopped ? undefined : spec?.value.spec;
}

function tenure(o: PulsarWatchesOptions): PulsarTenure {
  const { components, marks, pulsar, self, stopped } = o;
  const phase = async (): Promise<string | undefined> =>
    (await components.list()).find(({ service }) => service === "pulsar")?.phase;
  return new PulsarTenure({
    ...o,
    key: pulsar.key,
    isHost: async () => {
      const { spec } = await pulsar.read();
      return spec !== undefined && pulsarHost(spec.value.spec) === self;
    },
    start: async () => {
      const change = pulsar.known()?.change?.value.spec;
      const goes = change !== undefined && pulsarHost(change) !== self;
      if (stopped() || goes || marks.why("pulsar") !== undefined) return false;
      if ((await phase()) === "exited") await components.start("pulsar");
      return true;
    },
    kill: async () => {
      if ((await phase()) !== "running") return false;
      await components.signal("pulsar", "SIGKILL");
      return true;
    },
  });
}
