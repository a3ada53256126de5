import type { BackupsSpec, ClusterSpec, QueueSpec, StorageSpec } from "../spec/spec";
import { familyOf } from "../spec/version";

/** How each link of the data plane is protected, one line a link, for a plan: what is open is seen there. */
export function links(spec: ClusterSpec): string[] {
  const { security, queue, storage, backups, mode } = spec;
  const prefixes = familyOf(spec.version).etcdPrefixes.join(" and ");
  return [
    `clients to Milvus: ${security.authentication ? "user and password" : "NO password"}, ${CLIENT_TLS[security.clientTls]}`,
    ...(mode === "cluster" ? [`among Milvus' roles: ${security.internalTls ? "TLS" : "no TLS"}`] : []),
    `Milvus to etcd: mutual TLS, as a user that sees ${prefixes} alone`,
    "etcd members and daemons: mutual TLS",
    storeLink(storage),
    ...queueLink(queue),
    ...backupsLink(backups),
    security.firewall
      ? "our ports: an nftables ruleset is generated on each peer, to be loaded there"
      : "our ports: open to whoever reaches the peers",
  ];
}

const CLIENT_TLS = {
  off: "no TLS",
  server: "TLS",
  mutual: "mutual TLS",
} as const;

function storeLink(storage: StorageSpec): string {
  if (storage.kind === "minio")
    return `Milvus to MinIO: TLS, as a user that sees bucket ${storage.bucket} alone`;
  const who = storage.auth === "iam" ? "by the VM's role" : "by an access key";
  return `Milvus to ${storage.host}: ${storage.tls ? "TLS" : "NO TLS"}, ${who}`;
}

function backupsLink({ target }: Partial<BackupsSpec> = {}): string[] {
  if (!target) return [];
  if (target.kind === "directory")
    return [`daemons to ${target.path}, for backups: as its share is mounted on each peer`];
  return [`daemons to ${target.host}, for backups: ${target.tls ? "TLS" : "NO TLS"}, by an access key`];
}

function queueLink(queue: QueueSpec): string[] {
  switch (queue.kind) {
    case "pulsarSingleton":
      return ["Milvus to Pulsar: mutual TLS from peer to peer, by a token"];
    case "externalPulsar": {
      const tls = queue.serviceUrl.startsWith("pulsar+ssl:") ? "TLS" : "NO TLS";
      return [`Milvus to Pulsar: ${tls}, ${queue.token ? "by a token" : "WITHOUT a token"}`];
    }
    case "externalKafka":
      return [`Milvus to Kafka: ${queue.protocol}`];
    default:
      return [];
  }
}
