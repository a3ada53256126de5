import { links } from "../../../lib/plan/links";
import { peers, spec } from "../spec/fixture";

const clients = { clients: ["10.0.0.0/8"], operators: [] };

test("the default says what is open", () => {
  expect(links(spec())).toEqual([
    "clients to Milvus: user and password, no TLS",
    "among Milvus' roles: no TLS",
    "Milvus to etcd: mutual TLS, as a user that sees by-dev/ alone",
    "etcd members and daemons: mutual TLS",
    "Milvus to MinIO: TLS, as a user that sees bucket milvus-bucket alone",
    "Milvus to Pulsar: mutual TLS from peer to peer, by a token",
    "our ports: open to whoever reaches the peers",
  ]);
});

test("everything protected", () => {
  const security = { clientTls: "mutual", internalTls: true, firewall: clients } as const;
  expect(links(spec({ version: "v2.6.22", queue: undefined, security }))).toEqual([
    "clients to Milvus: user and password, mutual TLS",
    "among Milvus' roles: TLS",
    "Milvus to etcd: mutual TLS, as a user that sees by-dev/ and woodpecker/ alone",
    "etcd members and daemons: mutual TLS",
    "Milvus to MinIO: TLS, as a user that sees bucket milvus-bucket alone",
    "our ports: an nftables ruleset is generated on each peer, to be loaded there",
  ]);
});

test("what is outside and unprotected is written in capitals", () => {
  const open = spec({
    ...{ mode: "standalone", peers: peers(1), security: { authentication: false } },
    storage: { s3: { endpoint: "http://s3.example", auth: "iam" } },
    queue: { externalPulsar: { serviceUrl: "pulsar://pulsar.example:6650" } },
  });
  expect(links(open)).toEqual([
    "clients to Milvus: NO password, no TLS",
    "Milvus to etcd: mutual TLS, as a user that sees by-dev/ alone",
    "etcd members and daemons: mutual TLS",
    "Milvus to s3.example: NO TLS, by the VM's role",
    "Milvus to Pulsar: NO TLS, WITHOUT a token",
    "our ports: open to whoever reaches the peers",
  ]);
});

test("queues outside, protected", () => {
  const brokers = ["kafka:9093"];
  const kafka = { externalKafka: { brokers, protocol: "SASL_SSL", saslMechanism: "PLAIN" } } as const;
  expect(links(spec({ queue: { externalKafka: { ...kafka.externalKafka, brokers } } }))).toContain(
    "Milvus to Kafka: SASL_SSL",
  );
  const pulsar = { externalPulsar: { serviceUrl: "pulsar+ssl://pulsar.example:6651", token: true } };
  expect(links(spec({ queue: pulsar }))).toContain("Milvus to Pulsar: TLS, by a token");
});
