import { DEFAULT_EXTERNAL_PULSAR, DEFAULT_PULSAR } from "./defaults";
import type { Family } from "./families";
import type { ClusterSpec, Mode, PulsarFailover, QueueInput, QueueSpec } from "./spec";

/** Kinds of queue that were given; more than one is for the checks to refuse. */
export function givenQueues({ embedded, ...others }: QueueInput = {}): QueueSpec["kind"][] {
  const given = Object.entries(others).filter(([, settings]) => settings !== undefined);
  return [...given.map(([kind]) => kind as QueueSpec["kind"]), ...(embedded === undefined ? [] : [embedded])];
}

/** The queue that a line has by itself in a mode; undefined where one must be chosen. */
export function queueByDefault(family: Family, mode: Mode): QueueSpec["kind"] | undefined {
  return mode === "standalone" ? family.defaultStandaloneQueue : family.defaultQueue;
}

/** Kinds of queue that a line works with in a mode, the best one first. */
export function queuesOf(family: Family, mode: Mode): readonly QueueSpec["kind"][] {
  return mode === "standalone" ? family.standaloneQueues : family.queues;
}

/** Whether a queue is one that Milvus brings along. */
export function isEmbedded(kind: QueueSpec["kind"]): boolean {
  return kind === "woodpecker" || kind === "rocksmq";
}

/** The queue with its defaults; where none is given and the line has none, a stand-in for the checks to refuse. */
export function queueSpec(given: QueueInput | undefined, family: Family, mode: Mode): QueueSpec {
  const kind = givenQueues(given)[0] ?? queueByDefault(family, mode) ?? "pulsarSingleton";
  switch (kind) {
    case "pulsarSingleton":
      return { kind, host: "", ...DEFAULT_PULSAR, ...set(given?.pulsarSingleton) };
    case "externalPulsar":
      return {
        kind,
        serviceUrl: "",
        ...DEFAULT_EXTERNAL_PULSAR,
        ...set(given?.externalPulsar),
      };
    case "externalKafka": {
      const { brokers = [], ...kafka } = set(given?.externalKafka);
      return { kind, protocol: "PLAINTEXT", ...kafka, brokers: [...brokers] };
    }
    default:
      return { kind };
  }
}

/** Peer that runs Pulsar, where the cluster has one of its own. */
export function pulsarHost({ queue }: Pick<ClusterSpec, "queue">): string | undefined {
  return queue.kind === "pulsarSingleton" ? queue.host : undefined;
}

/** Where and when Pulsar begins anew by itself, if it does: its host runs it only while etcd lets it. */
export function pulsarFailover({ queue }: Pick<ClusterSpec, "queue">): PulsarFailover | undefined {
  return queue.kind === "pulsarSingleton" ? queue.failover : undefined;
}

/** Where the one broker is on every peer: itself, or the way to it. It answers 401 to whoever has no token. */
export function pulsarHealthUrl({ ports }: Pick<ClusterSpec, "ports">): string {
  return `http://127.0.0.1:${ports.pulsarHttp}/admin/v2/brokers/health`;
}

function set<T extends object>(given: T | undefined): Partial<T> {
  return Object.fromEntries(
    Object.entries(given ?? {}).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
