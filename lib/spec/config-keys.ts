import type { Family } from "./families";
import { didYouMean } from "./suggest";

/** Keys that the cluster's layout decides, and which setting to use instead. `*` at the end stands for any suffix. */
const OWNED: readonly (readonly [pattern: string, instead: string])[] = [
  ["etcd.*", "etcd's endpoints and certificates follow from peers, ports.etcdClient and the cluster's CA"],
  ["metastore.type", "metadata is kept in the cluster's own etcd"],
  ["tikv.*", "metadata is kept in the cluster's own etcd"],
  ["minio.address", "MinIO is reached through each peer's load balancer; set ports.minioLocal to move it"],
  ["minio.port", "MinIO is reached through each peer's load balancer; set ports.minioLocal to move it"],
  ["minio.accessKeyID", "credentials are generated and rotated by the cluster"],
  ["minio.secretAccessKey", "credentials are generated and rotated by the cluster"],
  ["minio.useSSL", "MinIO always speaks TLS with a certificate of the cluster's CA"],
  ["minio.ssl.tlsCACert", "MinIO always speaks TLS with a certificate of the cluster's CA"],
  ["minio.useIAM", "storage is the cluster's own MinIO"],
  ["minio.iamEndpoint", "storage is the cluster's own MinIO"],
  ["minio.cloudProvider", "storage is the cluster's own MinIO"],
  ["minio.bucketName", "set storage.bucket"],
  ["common.storageType", "storage is the cluster's own MinIO"],
  ["mq.type", "the queue follows from the cluster's queue"],
  ["pulsar.address", "Pulsar's address follows from queue.host"],
  ["pulsar.webaddress", "Pulsar's address follows from queue.host"],
  ["pulsar.port", "set ports.pulsar"],
  ["pulsar.webport", "set ports.pulsarHttp"],
  ["pulsar.authPlugin", "the cluster's Pulsar asks for no credentials"],
  ["pulsar.authParams", "the cluster's Pulsar asks for no credentials"],
  ["common.session.ttl", "set sessionTtlSeconds"],
  ["common.MetricsPort", "set ports.milvusMetricsBase"],
  [
    "common.security.authorizationEnabled",
    "it is always on: the cluster replaces the well-known root password",
  ],
  ["common.security.tlsMode", "the load balancer's clients are served without TLS in this release"],
  ["common.security.internaltlsEnabled", "traffic between Milvus roles is without TLS in this release"],
  ["localStorage.path", "set dataRoot"],
  ["log.stdout", "logs go to the container's log, which is rotated"],
  ["log.file.rootPath", "logs go to the container's log, which is rotated"],
  ["proxy.http.port", "REST shares ports.milvus, so that the load balancer serves it too"],
];

/** What is wrong with a key that a user wants to set; undefined when it may be set. */
export function checkConfigKey(key: string, family: Family): string | undefined {
  const owned = OWNED.find(([pattern]) => matches(pattern, key))?.[1] ?? ownedByRoles(key, family);
  if (owned !== undefined) return `"${key}" cannot be set: ${owned}`;
  const known = knownKeys(family);
  if (known.some((pattern) => matches(pattern, key))) return undefined;
  return `unknown config key "${key}" for Milvus ${family.line}${didYouMean(key, known)}`;
}

/** Whether the line knows the key at all. */
export function isKnownKey(key: string, family: Family): boolean {
  return knownKeys(family).some((pattern) => matches(pattern, key));
}

function ownedByRoles(key: string, family: Family): string | undefined {
  for (const role of family.roles) {
    for (const { section, port, key: portKey } of role.listens) {
      if (key === `${section}.ip`) return "each role announces the address of its peer";
      if (key !== `${section}.${portKey ?? "port"}`) continue;
      return port === "milvus" ? "set ports.milvus" : "each peer's firewall relies on it";
    }
    if (role.activeStandby.some((section) => key === `${section}.enableActiveStandby`)) {
      return "coordinators always have standbys on the other peers";
    }
  }
  return undefined;
}

function knownKeys(family: Family): string[] {
  return family.configKeys.trim().split(/\s+/);
}

function matches(pattern: string, key: string): boolean {
  if (!pattern.endsWith("*")) return key === pattern;
  const prefix = pattern.slice(0, -1);
  return key.startsWith(prefix) && key.length > prefix.length;
}
