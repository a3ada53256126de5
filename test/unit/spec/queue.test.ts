import { families } from "../../../lib/spec/families";
import { outsideEndpoints } from "../../../lib/spec/outside";
import { pulsarHealthUrl, pulsarHost } from "../../../lib/spec/queue";
import type { ClusterSpecInput, QueueInput } from "../../../lib/spec/spec";
import { CA_PEM, input, peers, problems, spec } from "./fixture";

const pulsar = (more: object = {}): QueueInput => ({
  externalPulsar: { serviceUrl: "pulsar+ssl://pulsar.example:6651", token: true, ...more },
});
const kafka = (more: object = {}): QueueInput => ({
  externalKafka: {
    ...{ brokers: ["kafka-1.example:9093"], protocol: "SASL_SSL", saslMechanism: "SCRAM-SHA-512" },
    ...more,
  },
});
const singleton = (more: object): QueueInput => ({ pulsarSingleton: { host: "peer-2", ...more } });

describe("defaults", () => {
  test("of a Pulsar outside: the tenant and namespace that every Pulsar has", () => {
    expect(spec({ queue: pulsar() }).queue).toEqual({
      ...{ kind: "externalPulsar", serviceUrl: "pulsar+ssl://pulsar.example:6651" },
      ...{ tenant: "public", namespace: "default", token: true },
    });
  });

  test("of a Kafka outside", () => {
    expect(spec({ queue: { externalKafka: { brokers: ["kafka:9092"] } } }).queue).toEqual({
      ...{ kind: "externalKafka", brokers: ["kafka:9092"], protocol: "PLAINTEXT" },
    });
  });

  test("a cluster of 2.6 has Woodpecker when nothing is said", () => {
    expect(spec({ version: "v2.6.22", queue: undefined }).queue).toEqual({ kind: "woodpecker" });
    expect(spec({ version: "v2.6.22", queue: {} }).queue).toEqual({ kind: "woodpecker" });
  });

  test("only a Pulsar of the cluster's own has a host", () => {
    expect(pulsarHost(spec())).toBe("peer-2");
    expect(pulsarHost(spec({ queue: kafka() }))).toBeUndefined();
    expect(pulsarHealthUrl(spec({ ports: { pulsarHttp: 8088 } }))).toBe(
      "http://127.0.0.1:8088/admin/v2/brokers/health",
    );
  });
});

const cases: [title: string, overrides: Partial<ClusterSpecInput>, expected: string[]][] = [
  ["Pulsar outside, with TLS and a token", { queue: pulsar({ caPem: CA_PEM }) }, []],
  ["Kafka outside, with TLS and a user", { queue: kafka({ caPem: CA_PEM }) }, []],
  [
    "two queues",
    { queue: { ...pulsar(), ...kafka() } },
    [
      "error queue: a cluster has one message queue, and 2 are given (externalPulsar, externalKafka); choose one",
    ],
  ],
  [
    "one of Milvus' own beside one outside",
    { version: "v2.6.22", queue: { ...kafka(), embedded: "woodpecker" } },
    ["error queue: a cluster has one message queue, and 2 are given (externalKafka, woodpecker); choose one"],
  ],
  [
    "rocksmq on several peers",
    { version: "v2.6.22", queue: { embedded: "rocksmq" } },
    [
      "error queue.embedded: Milvus 2.6 does not work with rocksmq; use one of Woodpecker, a Pulsar singleton, an external Pulsar, an external Kafka",
    ],
  ],
  [
    "Woodpecker before 2.6",
    { version: "v2.5.27", queue: { embedded: "woodpecker" } },
    [
      "error queue.embedded: Milvus 2.5 does not work with Woodpecker; use one of a Pulsar singleton, an external Pulsar, an external Kafka",
    ],
  ],
  [
    "Woodpecker in a standalone process before 2.6",
    { mode: "standalone", peers: peers(1), queue: { embedded: "woodpecker" } },
    [
      "warning peers: a single peer survives no loss; three are the least that survive the loss of one",
      "error queue.embedded: standalone Milvus 2.3 does not work with Woodpecker; use one of rocksmq, a Pulsar singleton, an external Pulsar, an external Kafka",
    ],
  ],
  [
    "Pulsar's memory and retention out of bounds",
    { queue: singleton({ heapMb: 255, directMemoryMb: 0.5, retentionMinutes: 0, retentionMb: -2 }) },
    [
      "error queue.pulsarSingleton.heapMb: 255 is not a whole number of at least 256",
      "error queue.pulsarSingleton.directMemoryMb: 0.5 is not a whole number of at least 256",
      "error queue.pulsarSingleton.retentionMinutes: 0 is not a whole number from 1 to 525600",
      "error queue.pulsarSingleton.retentionMb: -2 is not a whole number of at least -1",
    ],
  ],
  [
    "a host that is called lost",
    { queue: singleton({ lostHost: "peer-2" }) },
    [`error queue.pulsarSingleton.lostHost: "peer-2" cannot be lost and Pulsar's host; remove lostHost`],
  ],
  [
    "a retention shorter than many an outage",
    { queue: singleton({ retentionMinutes: 10 }) },
    [
      "warning queue.pulsarSingleton.retentionMinutes: what Milvus has not stored within 10 minutes of an outage is lost; keep it for an hour or more",
    ],
  ],
  [
    "a URL that is no broker's",
    { queue: pulsar({ serviceUrl: "https://pulsar.example" }) },
    [
      'error queue.externalPulsar.serviceUrl: "https://pulsar.example" is not the URL of a broker; an example is "pulsar+ssl://pulsar.example:6651"',
    ],
  ],
  [
    "a broker without a port",
    { queue: pulsar({ serviceUrl: "pulsar://pulsar.example" }) },
    ['error queue.externalPulsar.serviceUrl: "pulsar.example" is not host:port'],
  ],
  [
    "names that are none in Pulsar",
    { queue: pulsar({ tenant: "a/b", namespace: "", adminPort: 0, caPem: "x" }) },
    [
      "error queue.externalPulsar.adminPort: 0 is not a port: use a whole number from 1 to 65535",
      'error queue.externalPulsar.tenant: "a/b" is not a name in Pulsar: use letters, digits and "-_=:."',
      'error queue.externalPulsar.namespace: "" is not a name in Pulsar: use letters, digits and "-_=:."',
      "error queue.externalPulsar.caPem: it is not a certificate in PEM",
    ],
  ],
  [
    "a Pulsar without TLS and token",
    { queue: pulsar({ serviceUrl: "pulsar://pulsar.example:6650", token: undefined }) },
    [
      "warning queue.externalPulsar.serviceUrl: messages travel readable to a pulsar:// broker; use pulsar+ssl://",
      "warning queue.externalPulsar.token: the broker is asked without a token, as anybody could; give one",
    ],
  ],
  [
    "a token that goes to the admin port, too",
    { queue: pulsar({ adminPort: 8080 }) },
    [
      "warning queue.externalPulsar.adminPort: Milvus sends its token readable to this port; leave it out, or trust the network",
    ],
  ],
  [
    "no broker of Kafka",
    { queue: kafka({ brokers: [] }) },
    ["error queue.externalKafka.brokers: name at least one broker, as host:port"],
  ],
  [
    "brokers of Kafka that are none",
    { queue: kafka({ brokers: ["kafka", "[fd00::1]:9092", "kafka:0"] }) },
    [
      'error queue.externalKafka.brokers[0]: "kafka" is not host:port',
      "error queue.externalKafka.brokers[2]: 0 is not a port: use a whole number from 1 to 65535",
    ],
  ],
  [
    "words that Kafka does not know",
    { queue: kafka({ protocol: "TLS", saslMechanism: "GSSAPI" }) },
    [
      'error queue.externalKafka.protocol: "TLS" is neither "PLAINTEXT" nor "SSL" nor "SASL_PLAINTEXT" nor "SASL_SSL"',
      'error queue.externalKafka.saslMechanism: "GSSAPI" is neither "PLAIN" nor "SCRAM-SHA-256" nor "SCRAM-SHA-512"',
    ],
  ],
  [
    "SASL without a mechanism",
    { queue: kafka({ saslMechanism: undefined }) },
    [
      "error queue.externalKafka.saslMechanism: SASL_SSL needs a mechanism; choose one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512",
    ],
  ],
  [
    "a mechanism without SASL",
    { queue: kafka({ protocol: "SSL" }) },
    ["error queue.externalKafka.saslMechanism: SSL has no mechanism; remove it, or use a SASL protocol"],
  ],
  [
    "a Kafka without TLS and user",
    { queue: kafka({ protocol: "PLAINTEXT", saslMechanism: undefined }) },
    [
      "warning queue.externalKafka.protocol: messages travel readable to the brokers; use SSL or SASL_SSL",
      "warning queue.externalKafka.protocol: the brokers are asked without a user, as anybody could; use a SASL protocol",
    ],
  ],
];

test.each(cases)("%s", (_title, overrides, expected) => {
  expect(problems(overrides)).toEqual(expected);
});

test.each(families)("$line: works with every queue outside of it", ({ line }) => {
  for (const queue of [singleton({}), pulsar(), kafka()]) {
    expect(problems({ version: `v${line}.0`, queue })).toEqual([]);
    expect(
      problems({
        version: `v${line}.0`,
        mode: "standalone",
        peers: peers(1),
        queue: { ...queue, ...lone(queue) },
      }),
    ).toEqual([expect.stringMatching(/^warning peers: a single peer/)]);
  }
});

const lone = (queue: QueueInput): QueueInput =>
  queue.pulsarSingleton ? { pulsarSingleton: { host: "peer-1" } } : {};

describe("services outside that every peer must reach", () => {
  test("none, where the cluster has its own", () => {
    expect(outsideEndpoints(spec())).toEqual([]);
  });

  test("the object store and every broker", () => {
    const storage = { s3: { endpoint: "https://[fd00::9]:9000" } };
    const brokers = ["kafka-1.example:9093", "[fd00::8]:9094"];
    expect(outsideEndpoints(spec({ storage, queue: kafka({ brokers }) }))).toEqual([
      { name: "S3 at [fd00::9]:9000", host: "fd00::9", port: 9000 },
      { name: "Kafka at kafka-1.example:9093", host: "kafka-1.example", port: 9093 },
      { name: "Kafka at [fd00::8]:9094", host: "fd00::8", port: 9094 },
    ]);
    expect(outsideEndpoints(spec({ queue: pulsar() }))).toEqual([
      { name: "Pulsar at pulsar.example:6651", host: "pulsar.example", port: 6651 },
    ]);
    const target = { s3: { endpoint: "https://backups.example", bucket: "backups" } };
    expect(outsideEndpoints(spec({ backups: { target } }))).toEqual([
      { name: "the backups' S3 at backups.example:443", host: "backups.example", port: 443 },
    ]);
  });
});

test("a queue in the input shares nothing with the spec", () => {
  const given = input({ queue: kafka() });
  const compiled = spec(given);
  given.queue!.externalKafka!.brokers.push("other:1");
  expect(compiled.queue).toMatchObject({ brokers: ["kafka-1.example:9093"] });
});
