import type { Family } from "./families";

const CREDENTIALS =
  "the credentials of the object store come from milvus_credentials or storage.s3, never from a setting";
const ENDPOINT =
  "the object store's address follows from storage, and from ports.minioLocal for the cluster's own MinIO";
const PULSAR = "Pulsar's address follows from queue.pulsarSingleton.host or queue.externalPulsar";
const PULSAR_ACCESS = "set queue.externalPulsar.token; the cluster's own Pulsar has a token of its own";
const KAFKA = "Kafka's brokers, protocol and certificates follow from queue.externalKafka";
const CLIENT_TLS = "set security.clientTls; certificates come from the cluster's CA";
const INTERNAL_TLS = "set security.internalTls; certificates come from the cluster's CA";
const LOG = "logs go to the container's log, which is rotated; log.level may be set";

/** Keys that the layout decides, separated by spaces (`*` at the end: any suffix), and what to use instead. */
export const OWNED: readonly (readonly [patterns: string, instead: string])[] = [
  ["etcd.*", "etcd's endpoints and certificates follow from peers, ports.etcdClient and the cluster's CA"],
  ["metastore.type tikv.*", "metadata is kept in the cluster's own etcd, on its peers"],
  ["minio.address minio.port", ENDPOINT],
  ["minio.accessKeyID minio.secretAccessKey minio.gcpCredentialJSON", CREDENTIALS],
  [
    "minio.useSSL minio.ssl.*",
    "TLS with the object store follows from storage.s3.endpoint and storage.s3.caPem",
  ],
  ["minio.bucketName", "set storage.bucket"],
  ["minio.rootPath", "set storage.s3.rootPath"],
  ["minio.region", "set storage.s3.region"],
  ["minio.useVirtualHost", "set storage.s3.pathStyle"],
  ["minio.useIAM minio.iamEndpoint", "set storage.s3.auth"],
  ["minio.cloudProvider", "set storage.s3.provider"],
  ["common.storageType", "storage is an object store always: storage.pools or storage.s3"],
  ["mq.type", "set queue"],
  ["pulsar.address pulsar.webaddress", PULSAR],
  ["pulsar.port", "set ports.pulsar, or queue.externalPulsar.serviceUrl"],
  ["pulsar.webport", "set ports.pulsarHttp, or queue.externalPulsar.adminPort"],
  ["pulsar.authPlugin pulsar.authParams", PULSAR_ACCESS],
  ["pulsar.tenant", "set queue.externalPulsar.tenant"],
  ["pulsar.namespace", "set queue.externalPulsar.namespace"],
  ["kafka.brokerList kafka.sasl* kafka.securityProtocol kafka.ssl.*", KAFKA],
  ["kafka.consumer.bootstrap.servers kafka.consumer.security.protocol", KAFKA],
  ["kafka.consumer.sasl.* kafka.consumer.ssl.*", KAFKA],
  ["kafka.producer.bootstrap.servers kafka.producer.security.protocol", KAFKA],
  ["kafka.producer.sasl.* kafka.producer.ssl.*", KAFKA],
  ["woodpecker.meta.*", "Woodpecker's metadata is kept in the cluster's own etcd, on its peers"],
  ["woodpecker.storage.*", "Woodpecker's log is kept in the object store that storage describes"],
  ["rocksmq.path", "set dataDirs.milvus"],
  ["natsmq.*", "NATS is no queue of this program; set queue"],
  ["common.security.authorizationEnabled", "set security.authentication"],
  [
    "common.security.defaultRootPassword",
    "root's password comes from milvus_credentials; security.authentication turns it on and off",
  ],
  ["common.security.tlsMode tls.*", CLIENT_TLS],
  ["common.security.internaltlsEnabled internaltls.*", INTERNAL_TLS],
  [
    "proxy.http.enabled proxy.http.port",
    "REST shares ports.milvus; with security.clientTls it has ports.milvusRest",
  ],
  ["common.session.ttl", "set sessionTtlSeconds"],
  ["common.MetricsPort", "set ports.milvusMetricsBase"],
  ["localStorage.*", "set dataDirs.milvus"],
  ["log.stdout log.file.*", LOG],
];

/** Why a key is ours, with the attribute to use instead; undefined when it is not. Letter case counts for nothing in Milvus. */
export function ownedReason(key: string, family: Family): string | undefined {
  const given = key.toLowerCase();
  const owned = OWNED.find(([patterns]) =>
    patterns.split(" ").some((pattern) => matches(pattern.toLowerCase(), given)),
  );
  return owned?.[1] ?? ownedByRoles(given, family);
}

/** Whether a key is the pattern, or begins with it where the pattern ends in `*`. */
export function matches(pattern: string, key: string): boolean {
  if (!pattern.endsWith("*")) return key === pattern;
  const prefix = pattern.slice(0, -1);
  return key.startsWith(prefix) && key.length > prefix.length;
}

function ownedByRoles(key: string, { roles }: Family): string | undefined {
  if (key.endsWith(".enableactivestandby")) {
    return 'every peer whose roles have "coord" runs a coordinator, and all but one stand by';
  }
  for (const { section, port, key: portKey = "port" } of roles.flatMap((role) => role.listens)) {
    if (key === `${section}.ip`.toLowerCase()) return "each role announces its peer's address; set that";
    if (key !== `${section}.${portKey}`.toLowerCase()) continue;
    return port === "milvus" ? "set ports.milvus" : "it is fixed, since each peer's firewall relies on it";
  }
  return undefined;
}
