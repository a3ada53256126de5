import {
  DataMilvusStatus,
  MinioWidePool,
  Peer,
  PulsarSingleton,
  type MilvusClusterProps,
  type SshProps,
} from "../../../constructs";
import type { Attributes } from "../../../lib/provider/framework";
import { clusterAttributes } from "../../../lib/provider/resources/cluster/schema";
import { credentials } from "../../../lib/provider/resources/credentials";
import { peerAttributes } from "../../../lib/provider/resources/peer/schema";
import { status } from "../../../lib/provider/resources/status";
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
const everyProp: Required<Omit<MilvusClusterProps, "version">> = {
  name: "vectors",
  registry: "registry.example:5000",
  registryAuth: { username: "u", password: "p" },
  images: { milvus: "m:1", etcd: "e:1", minio: "m:1", pulsar: "p:1", nginx: "n:1", daemon: "d:1" },
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
  },
  dataRoot: "/data",
  config: { "log.level": "debug" },
  sessionTtlSeconds: 5,
  loadBalancing: "spread",
  control: { leaderTtlSeconds: 5, jobRetentionDays: 7, watchdog: "monitor", alertFormat: "slack" },
  alertWebhookUrl: "https://hooks.example/T0/B0",
  installDocker: true,
  imageArchive: "/images.tar",
  deletionProtection: false,
  deleteData: true,
  tokenGeneration: 2,
  createTimeoutSeconds: 1,
  deleteTimeoutSeconds: 1,
};

/** A stack on which every prop is set. */
function everything() {
  const stack = newStack();
  const cluster = newCluster(stack, everyProp);
  const ssh = { ...login, sudo: true, timeoutSeconds: 10, jump: login };
  const peer = new Peer(cluster, "peer-1", { address: "198.18.0.11", ssh });
  new MinioWidePool(cluster, "storage", { peers: [peer], drivesPerPeer: 4, parity: 1, bucket: "b" });
  new PulsarSingleton(cluster, "pulsar", { host: peer, heapMb: 1, directMemoryMb: 1 });
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
  const { resource, data } = synth(everything());
  const [block] = Object.values({ ...resource, ...data }[type] ?? {});
  expect(emitted(block ?? {}, attributes).sort()).toEqual(settable(attributes).sort());
});
