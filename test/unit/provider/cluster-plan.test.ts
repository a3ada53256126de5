import { UNKNOWN } from "../../../lib/provider/framework";
import type { Fields } from "../../../lib/provider/framework/schema";
import { cluster } from "../../../lib/provider/resources/cluster/cluster";
import { CONFIG, peer, pool } from "./cluster-config";
import { planResource, type Planned } from "./plan-resource";

const plan = (change: object = {}): Promise<Planned> =>
  planResource(cluster, { prior: null, config: { ...CONFIG, ...change } as unknown as Fields });

const S3 = { storage: { s3: { endpoint: "https://s3.example" } } };
const kafka = (protocol: string): object => ({
  queue: {
    external_kafka: {
      ...{ brokers: ["kafka.example:9093"], protocol },
      sasl_mechanism: protocol.startsWith("SASL") ? "PLAIN" : null,
    },
  },
});
const pulsar = (token: boolean): object => ({
  queue: { external_pulsar: { service_url: "pulsar+ssl://pulsar.example:6651", token } },
});

describe("secrets of services outside the cluster", () => {
  const KEYS = { s3_access_key: "sesame-1", s3_secret_key: "sesame-2" };
  const LOGIN = { kafka_user: "sesame-1", kafka_password: "sesame-2" };

  test.each<[string, object]>([
    ["keys", { ...S3, ...KEYS }],
    ["keys that come at apply", { ...S3, s3_access_key: UNKNOWN, s3_secret_key: UNKNOWN }],
    ["none for a VM's role", { storage: { s3: { endpoint: "https://s3.example", auth: "iam" } } }],
    ["a login", { ...kafka("SASL_SSL"), ...LOGIN }],
    ["none without SASL", kafka("SSL")],
    ["a token", { ...pulsar(true), external_pulsar_token: "sesame" }],
    ["no token", pulsar(false)],
    ["whatever is given, while where it is for is unknown", { storage: UNKNOWN, ...KEYS, ...LOGIN }],
  ])("are taken as the layout has use for them: %s", async (_title, change) => {
    expect((await plan(change)).errors).toEqual([]);
  });

  test.each<[string, object, string[]]>([
    [
      "keys",
      S3,
      [
        's3_access_key is missing: storage.s3.auth is "keys"; give it as a sensitive value.',
        's3_secret_key is missing: storage.s3.auth is "keys"; give it as a sensitive value.',
      ],
    ],
    [
      "one of the keys",
      { ...S3, ...KEYS, s3_secret_key: "" },
      ['s3_secret_key is missing: storage.s3.auth is "keys"; give it as a sensitive value.'],
    ],
    [
      "keys beside a VM's role",
      { storage: { s3: { endpoint: "https://s3.example", auth: "iam" } }, ...KEYS, s3_secret_key: UNKNOWN },
      ['s3_access_key is not asked for: storage.s3.auth is "iam"; remove it.'],
    ],
    [
      "keys without an S3",
      KEYS,
      [
        "s3_access_key is not asked for: There is no storage.s3; remove it.",
        "s3_secret_key is not asked for: There is no storage.s3; remove it.",
      ],
    ],
    [
      "a login",
      kafka("SASL_PLAINTEXT"),
      [
        'kafka_user is missing: queue.external_kafka.protocol is "SASL_PLAINTEXT"; give it as a sensitive value.',
        'kafka_password is missing: queue.external_kafka.protocol is "SASL_PLAINTEXT"; give it as a sensitive value.',
      ],
    ],
    [
      "a token",
      pulsar(true),
      [
        "external_pulsar_token is missing: queue.external_pulsar.token is true; give it as a sensitive value.",
      ],
    ],
    [
      "a token that is not to be shown",
      { ...pulsar(false), external_pulsar_token: "sesame" },
      ["external_pulsar_token is not asked for: queue.external_pulsar.token is false; remove it."],
    ],
  ])("are refused otherwise: %s", async (_title, change, expected) => {
    const { errors } = await plan(change);
    expect(errors).toEqual(expected);
    expect(errors.join()).not.toContain("sesame");
  });
});

describe("addresses that are not known yet", () => {
  const unknown = (names: string[], drives = 4): object => ({
    peers: names.map((name) => peer(name, UNKNOWN)),
    storage: pool(names, drives),
    queue: { pulsar_singleton: { host: names[0] } },
  });
  const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `peer-${i + 1}`);

  test("leave what does not depend on them", async () => {
    const { values, errors } = await plan(unknown(many(3)));
    expect(errors).toEqual([]);
    expect(values.resilience).toEqual(expect.arrayContaining(["etcd: 3 members, survives the loss of 1"]));
    expect(values.rollout).not.toBe(UNKNOWN);
    expect([values.endpoint, values.rendered]).toEqual([UNKNOWN, UNKNOWN]);
  });

  test("leave open what MinIO does otherwise where host names do not count up", async () => {
    const { values, errors } = await plan(unknown(many(6), 3));
    expect(errors).toEqual([]);
    expect([values.resilience, values.rollout]).toEqual([UNKNOWN, UNKNOWN]);
    expect(values.links).not.toBe(UNKNOWN);
  });

  test("hide no problem of the peers but that of an address", async () => {
    const roles = {
      ...unknown(many(3)),
      peers: many(3).map((name) => ({ ...peer(name, UNKNOWN), roles: ["query"] })),
    };
    expect((await plan(roles)).errors).toContainEqual(expect.stringMatching(/^No peer has the role "coord"/));
  });
});
