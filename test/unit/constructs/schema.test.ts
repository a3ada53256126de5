import {
  DataMilvusStatus,
  ExternalKafka,
  ExternalPulsar,
  ExternalS3,
  MinioHostPools,
  MinioWidePool,
  Peer,
  PulsarSingleton,
  Woodpecker,
  type BackupTargetProps,
  type MilvusCluster,
  type MilvusClusterProps,
  type SshProps,
} from "../../../constructs";
import type { Attributes } from "../../../lib/provider/framework";
import { clusterAttributes } from "../../../lib/provider/resources/cluster/schema";
import { credentials } from "../../../lib/provider/resources/credentials";
import { peerAttributes } from "../../../lib/provider/resources/peer/schema";
import { status } from "../../../lib/provider/resources/status";
import { COMPONENTS, type Component } from "../../../lib/spec/spec";
import { newCluster, newStack, synth } from "./support";

const login: Required<Omit<SshProps, "jump" | "sudo" | "timeoutSeconds">> = {
  user: "ops",
  host: "198.18.8.1",
  port: 22,
  privateKeyFile: "/keys/id",
  privateKey: "k",
  passphrase: "p",
  agent: true,
  password: "p",
  hostKey: "ssh-ed25519 AAAA",
};
const limits = Object.fromEntries(COMPONENTS.map((name) => [name, { memoryMb: 4096, cpus: 2 }]));
/** That a cluster is imported is no attribute. */
const everyProp: Required<Omit<MilvusClusterProps, "version" | "importFrom">> = {
  name: "vectors",
  mode: "cluster",
  registry: "registry.example:5000",
  registryAuth: { username: "u", password: "p" },
  images: {
    milvus: "m:1",
    etcd: "e:1",
    minio: "m:1",
    pulsar: "p:1",
    nginx: "n:1",
    daemon: "d:1",
    milvusBackup: "b:1",
  },
  ports: {
    lb: 1001,
    milvus: 1002,
    daemon: 1003,
    etcdClient: 1004,
    etcdPeer: 1005,
    minio: 1006,
    minioConsole: 1007,
    minioLocal: 1008,
    pulsar: 1009,
    pulsarHttp: 1010,
    milvusMetricsBase: 1011,
    milvusRest: 1012,
  },
  dataRoot: "/data",
  dataDirs: { etcd: "/fast/etcd", milvus: "/fast/milvus", pulsar: "/fast/pulsar" },
  resources: limits as Record<Component, (typeof limits)[string]>,
  authentication: false,
  clientTls: "mutual",
  internalTls: true,
  firewall: { clients: ["10.0.0.0/8"], operators: ["10.1.0.0/16"] },
  config: { "log.level": "debug" },
  sessionTtlSeconds: 5,
  etcdQuotaMb: 2048,
  loadBalancing: "spread",
  backups: {
    ...{ schedule: "30 2 * * *", timeZone: "Europe/Berlin" },
    keep: { last: 3, daily: 7, weekly: 4, monthly: 6 },
    drillSchedule: "0 5 * * 0",
    target: {
      s3: {
        ...{ endpoint: "https://backups.example", bucket: "backups", prefix: "vectors", region: "r" },
        ...{ pathStyle: false, caPem: "PEM", accessKey: "a", secretKey: "s" },
      },
    },
    encryption: { ageIdentity: "AGE-SECRET-KEY-1" },
    engine: "milvus-backup",
  },
  control: {
    leaderTtlSeconds: 5,
    jobRetentionDays: 7,
    watchdog: "monitor",
    alertFormat: "slack",
    backupBeforeUpgrade: true,
  },
  restoreFrom: { backup: "latest" },
  alertWebhookUrl: "https://hooks.example/T0/B0",
  installDocker: true,
  allowReboot: true,
  imageArchive: "/images.tar",
  deletionProtection: false,
  onDestroy: "delete_data",
  tokenGeneration: 2,
  secretsGeneration: 2,
  createTimeoutSeconds: 1,
  updateTimeoutSeconds: 1,
  deleteTimeoutSeconds: 1,
};

type Part = (cluster: MilvusCluster, peer: Peer) => unknown;

/** Each way to store and each to queue: a cluster has one of them, so it takes several to say everything. */
const parts: [storage: Part, queue: Part, target?: BackupTargetProps][] = [
  [
    (c, peer) => {
      const drives = { drivesPerPeer: 1, mountPoints: ["/mnt/disk1"], driveGib: 100 };
      return new MinioWidePool(c, "storage", { peers: [peer], ...drives, parity: 1, bucket: "bucket" });
    },
    (c, host) => {
      const memory = { heapMb: 512, directMemoryMb: 512 };
      return new PulsarSingleton(c, "queue", {
        ...{ host, lostHost: "peer-9", failover: { host, afterSeconds: 60 }, ...memory },
        ...{ retentionMinutes: 60, retentionMb: 1 },
      });
    },
  ],
  [
    (c) =>
      new ExternalS3(c, "storage", {
        ...{
          endpoint: "https://s3.example",
          bucket: "bucket",
          rootPath: "files",
          region: "r",
          pathStyle: false,
        },
        ...{ auth: "keys", provider: "aws", accessKey: "a", secretKey: "s", caPem: "PEM" },
      }),
    (c) =>
      new ExternalPulsar(c, "queue", {
        ...{ serviceUrl: "pulsar+ssl://pulsar.example:6651", adminPort: 8080, tenant: "t", namespace: "n" },
        ...{ token: "t", caPem: "PEM" },
      }),
  ],
  [
    (c) => new ExternalS3(c, "storage", { endpoint: "https://s3.example" }),
    (c) =>
      new ExternalKafka(c, "queue", {
        ...{ brokers: ["kafka.example:9093"], protocol: "SASL_SSL", saslMechanism: "PLAIN" },
        ...{ username: "u", password: "p", caPem: "PEM" },
      }),
  ],
  [
    (c, p) => new MinioHostPools(c, "storage", { peers: [p], drivesPerPeer: 2, acceptSingleHost: true }),
    (c) => new Woodpecker(c, "queue"),
    { directory: "/mnt/backups", prefix: "vectors" },
  ],
];

/** A stack on which every prop is set, with one way to store and to queue. */
function everything([storage, queue, target]: (typeof parts)[number]) {
  const stack = newStack();
  const backups = { ...everyProp.backups, ...(target && { target }) };
  const cluster = newCluster(stack, { ...everyProp, backups });
  const ssh = { ...login, sudo: true, timeoutSeconds: 10, jump: login };
  const proxy = "http://proxy.example:3128";
  const peer = new Peer(cluster, "peer-1", { address: "198.18.0.11", ssh, roles: ["query"], proxy });
  storage(cluster, peer);
  queue(cluster, peer);
  const { caCertPem, token } = cluster.credentials;
  new DataMilvusStatus(stack, "status", { peers: [peer.reference], caCertPem, token, daemonPort: 1003 });
  return stack;
}

/** Paths of attributes that a user may set: `ssh.jump.host`. */
function settable(attributes: Attributes, prefix = ""): string[] {
  return Object.entries(attributes).flatMap(([name, { shape, options }]) => {
    if (options.computed) return [];
    const nested = "attributes" in shape ? settable(shape.attributes, `${prefix}${name}.`) : [];
    return [`${prefix}${name}`, ...nested];
  });
}

function emitted(value: object, attributes: Attributes, prefix = ""): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const shape = attributes[name]?.shape;
    const below =
      shape && "attributes" in shape ? emitted([inner].flat()[0], shape.attributes, `${prefix}${name}.`) : [];
    return [`${prefix}${name}`, ...below];
  });
}

/** Both ways: nothing that the provider does not know, and nothing of it that a construct cannot say. */
it.each<[string, Attributes]>([
  ["milvus_credentials", credentials.schema.attributes],
  ["milvus_peer", peerAttributes],
  ["milvus_cluster", clusterAttributes],
  ["milvus_status", status.schema.attributes],
])("%s is written in the words of the provider's schema, all of them", (type, attributes) => {
  const said = parts.flatMap((of) => {
    const { resource, data } = synth(everything(of));
    const [block] = Object.values({ ...resource, ...data }[type] ?? {});
    // What is Terraform's own is no attribute.
    const own = Object.entries(block ?? {}).filter(([name]) => name !== "lifecycle");
    return emitted(Object.fromEntries(own), attributes);
  });
  expect([...new Set(said)].sort()).toEqual(settable(attributes).sort());
});
