import type { ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec, ExternalKafkaQueue, ExternalPulsarQueue } from "../spec/spec";
import { MILVUS_DATA } from "../spec/paths";
import { QUEUE_CA_PATH } from "./trust";
import type { Settings } from "./settings";

/** Milvus' write-ahead log. Said in every layout: left out, Milvus takes the first queue that its own file names. */
export function queueSettings(spec: ClusterSpec, secrets: ClusterSecrets): Settings {
  const { queue } = spec;
  switch (queue.kind) {
    case "pulsarSingleton":
      return { "mq.type": "pulsar", ...pulsarSingleton(spec, secrets) };
    case "externalPulsar":
      return { "mq.type": "pulsar", ...externalPulsar(queue, secrets) };
    case "externalKafka":
      return { "mq.type": "kafka", ...externalKafka(queue, secrets) };
    case "rocksmq":
      // Milvus 2.3 has no default for it outside of the file that ours replaces.
      return { "mq.type": "rocksmq", "rocksmq.path": `${MILVUS_DATA}/rdb_data` };
    case "woodpecker":
      return { "mq.type": "woodpecker" };
  }
}

/** Through the peer's own load balancer, which leads to the one broker through mutual TLS. */
function pulsarSingleton({ ports }: ClusterSpec, { pulsarToken }: ClusterSecrets): Settings {
  return {
    "pulsar.address": "127.0.0.1",
    "pulsar.port": ports.pulsar,
    "pulsar.webport": ports.pulsarHttp,
    ...token(pulsarToken),
  };
}

/**
 * Milvus' admin client speaks plain HTTP to `pulsar.webport` of the broker's host whatever it is told, and sends its token there:
 * unless a port is given, it is sent to one that refuses it. It would only clean up subscriptions of dead nodes.
 */
const NO_ADMIN_PORT = 1;

function externalPulsar(queue: ExternalPulsarQueue, { external = {} }: ClusterSecrets): Settings {
  return {
    "pulsar.address": queue.serviceUrl,
    "pulsar.port": portOf(queue.serviceUrl),
    "pulsar.webport": queue.adminPort ?? NO_ADMIN_PORT,
    "pulsar.tenant": queue.tenant,
    "pulsar.namespace": queue.namespace,
    ...(queue.token ? token(external.pulsarToken ?? "") : {}),
  };
}

/** One item of `name:value`, and no more colons (pkg/mq/msgstream/mqwrapper/pulsar). */
function token(value: string): Settings {
  return { "pulsar.authPlugin": "token", "pulsar.authParams": `token:${value}` };
}

function externalKafka(queue: ExternalKafkaQueue, { external = {} }: ClusterSecrets): Settings {
  const tls = queue.protocol.endsWith("SSL");
  return {
    "kafka.brokerList": queue.brokers.join(","),
    "kafka.securityProtocol": queue.protocol,
    ...(queue.saslMechanism === undefined
      ? {}
      : {
          "kafka.saslMechanisms": queue.saslMechanism,
          "kafka.saslUsername": external.kafkaUser ?? "",
          "kafka.saslPassword": external.kafkaPassword ?? "",
        }),
    ...(tls ? { "kafka.ssl.enabled": true } : {}),
    ...(tls && queue.caPem !== undefined ? { "kafka.ssl.tlsCaCert": QUEUE_CA_PATH } : {}),
  };
}

/** Of a URL that compileSpec has checked. */
const portOf = (url: string): number => Number(/:(\d+)$/.exec(url)![1]);
