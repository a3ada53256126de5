import type { RoleSpec } from "../spec/families";
import { peerOf } from "../spec/host";
import { CA_CERT, PEER_CERT, PEER_KEY } from "../spec/paths";
import type { ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec, ConfigValue, PeerSpec } from "../spec/spec";
import { familyOf } from "../spec/version";
import { etcdEndpoints } from "./etcd";
import { sortDeep, toYaml } from "./yaml";

/** Rendered for every line under one name; where it is mounted is the family's matter. */
export const MILVUS_YAML = "milvus.yaml";

/** Where every role keeps its files inside its container. */
export const MILVUS_DATA = "/var/lib/milvus";

type Settings = Record<string, ConfigValue>;

/** Settings of Milvus by dotted key, without the user's: what the layout decides, then what makes failover quick. */
export function milvusSettings(spec: ClusterSpec, peer: PeerSpec, secrets: ClusterSecrets): Settings {
  return {
    ...metadata(spec),
    ...storage(spec, secrets),
    ...queue(spec),
    ...familyOf(spec.version).roles.reduce((all, role) => ({ ...all, ...listeners(spec, peer, role) }), {}),
    ...FAILOVER,
    "common.session.ttl": spec.sessionTtlSeconds,
    "common.security.authorizationEnabled": true,
    "localStorage.path": `${MILVUS_DATA}/data`,
    "log.level": "info",
    "log.stdout": true,
  };
}

/** milvus.yaml of a peer: our settings, the user's laid over them. */
export function milvusYaml(spec: ClusterSpec, peer: PeerSpec, secrets: ClusterSecrets): string {
  const settings = { ...milvusSettings(spec, peer, secrets), ...spec.config };
  return toYaml(sortDeep(nest(settings)));
}

/**
 * How Milvus' roles call each other. A call that hangs on a dead coordinator is not saved by its own retries: with the
 * default of 10 attempts and pauses of up to 10 s, reads stalled for 53 s, and with these for 10 s. And a connection to a
 * VM that vanished is given up after 3 s without an answer instead of 20.
 */
const FAILOVER: Settings = {
  "grpc.client.maxMaxAttempts": 5,
  "grpc.client.maxBackoff": 1,
  "grpc.client.keepAliveTimeout": 3000,
};

function metadata(spec: ClusterSpec): Settings {
  return {
    "etcd.endpoints": etcdEndpoints(spec).join(","),
    "etcd.rootPath": "by-dev",
    "etcd.ssl.enabled": true,
    "etcd.ssl.tlsCert": PEER_CERT,
    "etcd.ssl.tlsKey": PEER_KEY,
    "etcd.ssl.tlsCACert": CA_CERT,
    "metastore.type": "etcd",
  };
}

/** MinIO through the peer's own load balancer: Milvus takes one address only. */
function storage(spec: ClusterSpec, secrets: ClusterSecrets): Settings {
  return {
    "common.storageType": "remote",
    "minio.address": "127.0.0.1",
    "minio.port": spec.ports.minioLocal,
    "minio.useSSL": true,
    // Not our CA: with any value here the C++ parts stop verifying MinIO's certificate (MinioChunkManager.cpp), and the
    // shipped milvus.yaml has a placeholder. The CA is mounted as the container's trust store instead.
    "minio.ssl.tlsCACert": "",
    "minio.bucketName": spec.storage.bucket,
    "minio.rootPath": "files",
    "minio.accessKeyID": secrets.minioRootUser,
    "minio.secretAccessKey": secrets.minioRootPassword,
  };
}

function queue(spec: ClusterSpec): Settings {
  return {
    "mq.type": "pulsar",
    "pulsar.address": peerOf(spec, spec.queue.host).address,
    "pulsar.port": spec.ports.pulsar,
    "pulsar.webport": spec.ports.pulsarHttp,
  };
}

/** Address and ports are said for each role: the address that Milvus finds by itself may be that of a bridge. */
function listeners(spec: ClusterSpec, peer: PeerSpec, role: RoleSpec): Settings {
  const settings: Settings = {};
  for (const { section, port, key } of role.listens) {
    settings[`${section}.ip`] = peer.address;
    settings[`${section}.${key ?? "port"}`] = port === "milvus" ? spec.ports.milvus : port;
  }
  for (const section of role.activeStandby) settings[`${section}.enableActiveStandby`] = true;
  return settings;
}

function nest(settings: Settings): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(settings)) {
    const path = key.split(".");
    const last = path.pop()!;
    const section = path.reduce((at, name) => (at[name] ??= {}) as Record<string, unknown>, root);
    section[last] = value;
  }
  return root;
}
