import { secretNeeds } from "../../../lib/spec/outside-secrets";
import type { ClusterSpecInput } from "../../../lib/spec/spec";

type Layout = Pick<ClusterSpecInput, "storage" | "queue" | "backups">;

const POOLS = { pools: [] };
const TARGET = { target: { s3: { endpoint: "https://s3.example", bucket: "backups" } } };
const s3 = (more: object = {}): Layout => ({ storage: { s3: { endpoint: "https://s3.example", ...more } } });
const pulsar = (token?: boolean): Layout => ({
  storage: POOLS,
  queue: { externalPulsar: { serviceUrl: "pulsar+ssl://pulsar.example:6651", token } },
});
const kafka = (protocol?: "SASL_SSL" | "SASL_PLAINTEXT" | "SSL"): Layout => ({
  storage: POOLS,
  queue: { externalKafka: { brokers: ["kafka.example:9093"], protocol } },
});

test.each<[string, Layout, string[]]>([
  ["MinIO and a queue of its own", { storage: POOLS, queue: { pulsarSingleton: { host: "a" } } }, []],
  ["no queue", { storage: POOLS }, []],
  ["S3 by default", s3(), ["s3AccessKey", "s3SecretKey"]],
  ["S3 by keys", s3({ auth: "keys" }), ["s3AccessKey", "s3SecretKey"]],
  ["S3 by the VM's role", s3({ auth: "iam" }), []],
  ["Pulsar by default", pulsar(), []],
  ["Pulsar by token", pulsar(true), ["pulsarToken"]],
  ["Kafka by default", kafka(), []],
  ["Kafka by TLS alone", kafka("SSL"), []],
  ["Kafka by SASL", kafka("SASL_PLAINTEXT"), ["kafkaUser", "kafkaPassword"]],
  ["Kafka by SASL and TLS", kafka("SASL_SSL"), ["kafkaUser", "kafkaPassword"]],
  ["backups in the cluster's bucket", { storage: POOLS, backups: { schedule: "0 2 * * *" } }, []],
  ["backups outside", { storage: POOLS, backups: TARGET }, ["backupAccessKey", "backupSecretKey"]],
  ["backups in a directory", { storage: POOLS, backups: { target: { directory: "/mnt/b" } } }, []],
  ["encrypted backups", { storage: POOLS, backups: { encryption: "age" } }, ["backupIdentity"]],
])("%s asks for what it needs, and nothing else", (_title, layout, wanted) => {
  const needs = secretNeeds(layout);
  expect(needs.filter((need) => need.wanted).map((need) => need.secret)).toEqual(wanted);
  expect(needs).toHaveLength(8);
});

test("what decides it is named, and what that says; of a service that is not there, the service", () => {
  const by = (layout: Layout): string[] =>
    secretNeeds(layout).map(({ path, value }) => `${path} = ${value ?? "none"}`);
  expect(by(s3({ auth: "iam" }))[0]).toBe("storage.s3.auth = iam");
  expect(by(pulsar())[2]).toBe("queue.externalPulsar.token = false");
  expect(by(kafka())[4]).toBe("queue.externalKafka.protocol = PLAINTEXT");
  expect([...new Set(by({ storage: POOLS }))]).toEqual([
    "storage.s3 = none",
    "queue.externalPulsar = none",
    "queue.externalKafka = none",
    "backups.target = none",
    "backups.encryption = none",
  ]);
});
