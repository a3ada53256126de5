import type { ClusterSpec, ClusterSpecInput, RoleName } from "../../../lib/spec/spec";
import { CA_PEM, names, peers, pool, spec } from "../spec/fixture";

/** A layout that somebody would run, and the peers of it that differ from each other. */
export interface Layout {
  readonly spec: ClusterSpec;
  readonly peers: readonly string[];
}

const layout = (peers: string[], overrides: Partial<ClusterSpecInput>): Layout => ({
  spec: spec(overrides),
  peers,
});

const dnsNames = ["red", "green", "blue"].map((name) => ({ name, address: `${name}.example` }));
const FIRST: RoleName[] = ["coord", "proxy", "data", "streaming"];

/** Few and far apart: between them every kind of storage, queue, TLS, address and limit. */
export const LAYOUTS: Readonly<Record<string, Layout>> = {
  "v2.3.5-wide-pool-pulsar": layout(["peer-1", "peer-2"], { version: "v2.3.5" }),
  "v2.3.22-mount-points-dns-names": layout(["blue"], {
    version: "v2.3.22",
    peers: dnsNames,
    storage: { pools: [{ peers: ["red", "green", "blue"], mountPoints: ["/mnt/disk1", "/mnt/disk2"] }] },
    queue: { pulsarSingleton: { host: "blue", heapMb: 1024, retentionMinutes: 1440, retentionMb: 10_240 } },
    dataDirs: { etcd: "/mnt/ssd/etcd", pulsar: "/mnt/ssd/pulsar" },
    config: { "proxy.maxTaskNum": 2048, "log.level": "warn" },
  }),
  "v2.4.24-later-pool-external-pulsar": layout(["peer-4"], {
    version: "v2.4.24",
    peers: peers(5).map((p, i) => ({ ...p, address: `fd00::${11 + i}` })),
    storage: { pools: [...pool(names(1, 3)).pools!, ...pool(names(4, 5), 8).pools!], parity: 3 },
    queue: {
      externalPulsar: {
        ...{ serviceUrl: "pulsar+ssl://pulsar.example:6651", adminPort: 8080, caPem: CA_PEM },
        ...{ tenant: "vectors", namespace: "milvus", token: true },
      },
    },
    loadBalancing: "spread",
  }),
  "v2.5.27-host-pools-kafka": layout(["peer-1"], {
    version: "v2.5.27",
    storage: { pools: names(1, 3).map((name) => ({ peers: [name], drivesPerPeer: 2 })) },
    queue: {
      externalKafka: {
        ...{ brokers: ["kafka-1.example:9093", "kafka-2.example:9093"], protocol: "SASL_SSL" },
        ...{ saslMechanism: "SCRAM-SHA-512", caPem: CA_PEM },
      },
    },
  }),
  "v2.6.22-woodpecker-hardened": layout(["peer-1", "peer-4"], {
    version: "v2.6.22",
    peers: peers(5).map((p, i) => ({ ...p, roles: i < 3 ? FIRST : ["query"] })),
    storage: pool(names(1, 3)),
    queue: undefined,
    security: {
      ...{ clientTls: "mutual", internalTls: true },
      firewall: { clients: ["10.0.0.0/8", "fd00:1::/32"], operators: ["198.18.0.2/32"] },
    },
    resources: { query: { memoryMb: 16_384, cpus: 4 }, etcd: { memoryMb: 1024 }, nginx: { cpus: 0.5 } },
  }),
  "v2.6.22-standalone-s3": layout(["peer-1"], {
    ...{ version: "v2.6.22", mode: "standalone", peers: peers(1), queue: undefined },
    storage: {
      s3: {
        endpoint: "https://s3.example:9000",
        region: "eu-central-1",
        rootPath: "milvus/prod",
        caPem: CA_PEM,
      },
      bucket: "vectors",
    },
    security: { clientTls: "server" },
  }),
  "v2.3.22-standalone-rocksmq": layout(["peer-1"], {
    ...{ version: "v2.3.22", mode: "standalone", peers: peers(1), queue: undefined },
    storage: pool(["peer-1"], 1),
    resources: { standalone: { memoryMb: 8192 } },
  }),
};
