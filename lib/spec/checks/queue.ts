import type { Family } from "../families";
import { wantsLogin } from "../outside-secrets";
import { givenQueues, isEmbedded, queueByDefault, queuesOf } from "../queue";
import {
  KAFKA_PROTOCOLS,
  SASL_MECHANISMS,
  type ClusterSpec,
  type ClusterSpecInput,
  type ExternalKafkaQueue,
  type ExternalPulsarQueue,
  type Problem,
  type PulsarSingletonQueue,
  type QueueSpec,
} from "../spec";
import { didYouMean } from "../suggest";
import { checkFailover } from "./pulsar-failover";
import { checkCertificate, checkHostPort, checkPort } from "../validators";
import { checkOneOf, checkWhole, error, errorIf, warning } from "./problem";

/** Least MiB with which Pulsar standalone starts. */
const MIN_PULSAR_MB = 256;
/** A year. */
const MAX_RETENTION_MINUTES = 525_600;
/** Retention below an hour is shorter than many an outage, and what has not reached the object store would be gone. */
const SHORT_RETENTION_MINUTES = 60;

/** What a person calls a kind of queue. */
export const QUEUE_NAMES: Readonly<Record<QueueSpec["kind"], string>> = {
  pulsarSingleton: "a Pulsar singleton",
  externalPulsar: "an external Pulsar",
  externalKafka: "an external Kafka",
  woodpecker: "Woodpecker",
  rocksmq: "rocksmq",
};

export function checkQueue(input: ClusterSpecInput, spec: ClusterSpec, family: Family): Problem[] {
  const given = givenQueues(input.queue);
  if (given.length > 1) {
    return [
      error(
        "queue",
        `a cluster has one message queue, and ${given.length} are given (${given.join(", ")}); choose one`,
      ),
    ];
  }
  const fits = checkKind(given[0], spec, family);
  return fits.length > 0 ? fits : checkSettings(spec);
}

function checkKind(given: QueueSpec["kind"] | undefined, { mode }: ClusterSpec, family: Family): Problem[] {
  const known = queuesOf(family, mode);
  const names = known.map((kind) => QUEUE_NAMES[kind]).join(", ");
  if (given === undefined) {
    if (queueByDefault(family, mode) !== undefined) return [];
    return [error("queue", `Milvus ${family.line} needs a message queue; add one of ${names}`)];
  }
  if (known.includes(given)) return [];
  const as = mode === "standalone" ? "standalone " : "";
  return [
    error(
      isEmbedded(given) ? "queue.embedded" : `queue.${given}`,
      `${as}Milvus ${family.line} does not work with ${QUEUE_NAMES[given]}; use one of ${names}`,
    ),
  ];
}

function checkSettings(spec: ClusterSpec): Problem[] {
  const { queue } = spec;
  const names = spec.peers.map((p) => p.name);
  if (queue.kind === "pulsarSingleton")
    return [...pulsarSingleton(queue, names), ...checkFailover(queue, spec)];
  if (queue.kind === "externalPulsar") return externalPulsar(queue);
  return queue.kind === "externalKafka" ? externalKafka(queue) : [];
}

function pulsarSingleton(queue: PulsarSingletonQueue, names: readonly string[]): Problem[] {
  const at = (name: string): string => `queue.pulsarSingleton.${name}`;
  const host = names.includes(queue.host)
    ? []
    : [error(at("host"), `"${queue.host}" is not a peer of this cluster${didYouMean(queue.host, names)}`)];
  const lost =
    queue.lostHost === undefined || queue.lostHost !== queue.host
      ? []
      : [error(at("lostHost"), `"${queue.host}" cannot be lost and Pulsar's host; remove lostHost`)];
  const retention = checkWhole(at("retentionMinutes"), queue.retentionMinutes, 1, MAX_RETENTION_MINUTES);
  return [
    ...host,
    ...lost,
    ...checkWhole(at("heapMb"), queue.heapMb, MIN_PULSAR_MB),
    ...checkWhole(at("directMemoryMb"), queue.directMemoryMb, MIN_PULSAR_MB),
    ...retention,
    ...checkWhole(at("retentionMb"), queue.retentionMb, -1),
    ...(retention.length === 0 && queue.retentionMinutes < SHORT_RETENTION_MINUTES
      ? [
          warning(
            at("retentionMinutes"),
            `what Milvus has not stored within ${queue.retentionMinutes} minutes of an outage is lost; keep it for an hour or more`,
          ),
        ]
      : []),
  ];
}

const PULSAR_URL = /^pulsar(\+ssl)?:\/\/([^/@?#\s]+)$/;
const PULSAR_NAME = /^[\w=:.-]+$/;

function externalPulsar(queue: ExternalPulsarQueue): Problem[] {
  const at = (name: string): string => `queue.externalPulsar.${name}`;
  const url = (value: string): string | undefined => {
    const found = PULSAR_URL.exec(value)?.at(-1);
    if (found !== undefined) return checkHostPort(found);
    return `"${value}" is not the URL of a broker; an example is "pulsar+ssl://pulsar.example:6651"`;
  };
  const name = (value: string): string | undefined =>
    PULSAR_NAME.test(value)
      ? undefined
      : `"${value}" is not a name in Pulsar: use letters, digits and "-_=:."`;
  const problems = [
    ...errorIf(at("serviceUrl"), url(queue.serviceUrl)),
    ...errorIf(at("adminPort"), queue.adminPort === undefined ? undefined : checkPort(queue.adminPort)),
    ...errorIf(at("tenant"), name(queue.tenant)),
    ...errorIf(at("namespace"), name(queue.namespace)),
    ...errorIf(at("caPem"), queue.caPem === undefined ? undefined : checkCertificate(queue.caPem)),
  ];
  if (problems.length > 0) return problems;
  return [
    ...(queue.token && queue.adminPort !== undefined
      ? [
          warning(
            at("adminPort"),
            "Milvus sends its token readable to this port; leave it out, or trust the network",
          ),
        ]
      : []),
    ...(queue.serviceUrl.startsWith("pulsar+ssl:")
      ? []
      : [warning(at("serviceUrl"), "messages travel readable to a pulsar:// broker; use pulsar+ssl://")]),
    ...(queue.token
      ? []
      : [warning(at("token"), "the broker is asked without a token, as anybody could; give one")]),
  ];
}

function externalKafka(queue: ExternalKafkaQueue): Problem[] {
  const at = (name: string): string => `queue.externalKafka.${name}`;
  const sasl = wantsLogin(queue.protocol);
  const problems = [
    ...(queue.brokers.length > 0 ? [] : [error(at("brokers"), "name at least one broker, as host:port")]),
    ...queue.brokers.flatMap((broker, i) => errorIf(`${at("brokers")}[${i}]`, checkHostPort(broker))),
    ...errorIf(at("protocol"), checkOneOf(queue.protocol, KAFKA_PROTOCOLS)),
    ...errorIf(
      at("saslMechanism"),
      queue.saslMechanism === undefined ? undefined : checkOneOf(queue.saslMechanism, SASL_MECHANISMS),
    ),
    ...errorIf(at("caPem"), queue.caPem === undefined ? undefined : checkCertificate(queue.caPem)),
  ];
  if (problems.length > 0) return problems;
  if (sasl !== (queue.saslMechanism !== undefined)) {
    const message = sasl
      ? `${queue.protocol} needs a mechanism; choose one of ${SASL_MECHANISMS.join(", ")}`
      : `${queue.protocol} has no mechanism; remove it, or use a SASL protocol`;
    return [error(at("saslMechanism"), message)];
  }
  return [
    ...(queue.protocol.endsWith("SSL")
      ? []
      : [warning(at("protocol"), "messages travel readable to the brokers; use SSL or SASL_SSL")]),
    ...(sasl
      ? []
      : [
          warning(
            at("protocol"),
            "the brokers are asked without a user, as anybody could; use a SASL protocol",
          ),
        ]),
  ];
}
