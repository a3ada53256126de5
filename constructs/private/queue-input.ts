import type { QueueInput } from "../../lib/spec/spec";
import type { ExternalKafka } from "../external-kafka";
import type { ExternalPulsar } from "../external-pulsar";
import type { PulsarSingleton } from "../pulsar-singleton";
import type { Members, QueueConstruct } from "./members";
import { EXTERNAL_KAFKA, EXTERNAL_PULSAR, isTagged, PULSAR_SINGLETON } from "./tag";

/**
 * The queue as its construct says it, tokens included; undefined where there is none. A host of another cluster, which is told of
 * by itself, gives way to the first peer of this one.
 */
export function queueInput({
  peers,
  queues: [queue],
}: Pick<Members, "peers" | "queues">): QueueInput | undefined {
  if (!queue) return undefined;
  if (isPulsarSingleton(queue)) {
    const { lostHost, failover, settings } = queue;
    const host = peers.includes(queue.host) ? queue.host : (peers[0] ?? queue.host);
    const next = failover && { host: failover.host.peerName, afterSeconds: failover.afterSeconds };
    return { pulsarSingleton: { ...settings, host: host.peerName, lostHost, failover: next } };
  }
  if (isExternalPulsar(queue)) {
    const { token, ...pulsar } = queue.props;
    return { externalPulsar: { ...pulsar, token: token !== undefined } };
  }
  if (isExternalKafka(queue)) {
    const { brokers, protocol, saslMechanism, caPem } = queue.props;
    return { externalKafka: { brokers: [...brokers], protocol, saslMechanism, caPem } };
  }
  return { embedded: "woodpecker" };
}

export const isPulsarSingleton = (x: QueueConstruct): x is PulsarSingleton => isTagged(x, PULSAR_SINGLETON);
export const isExternalPulsar = (x: QueueConstruct): x is ExternalPulsar => isTagged(x, EXTERNAL_PULSAR);
export const isExternalKafka = (x: QueueConstruct): x is ExternalKafka => isTagged(x, EXTERNAL_KAFKA);
