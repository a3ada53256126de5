import { milvusWorkspace } from "./support/milvus";
import { unboxed, type Run, type Workspace } from "./support/workspace";

jest.setTimeout(120_000);

let workspace: Workspace;
beforeAll(async () => {
  workspace = await milvusWorkspace("");
});
afterAll(() => workspace.remove());

const SECRET = "sesame";
/** Not literals: terraform itself quotes the line of an attribute that is refused. */
const VARIABLE = `variable "secret" {\n  default   = "outside-${SECRET}"\n  sensitive = true\n}`;
const S3_KEYS = { s3_access_key: "var.secret", s3_secret_key: "var.secret" };
const POOL = '{ pools = [{ peers = ["peer-1", "peer-2", "peer-3"], drives_per_peer = 4 }] }';
const PULSAR = '{ pulsar_singleton = { host = "peer-2" } }';

/** A plan of a cluster that is still to be formed; nothing is reached for that. */
function plan(more: Record<string, string>, peers = 3, before = ""): Promise<Run> {
  const members = Array.from(
    { length: peers },
    (_, i) =>
      `{ name = "peer-${i + 1}", address = "198.18.0.${11 + i}", peer_id = "id", ssh = { user = "root" } }`,
  );
  const own = ["minio_root_user", "minio_root_password", "milvus_root_password", "minio_user"]
    .concat("minio_password", "pulsar_token_key", "pulsar_token", "token")
    .map((name) => [name, `"own-${SECRET}"`]);
  const attributes = {
    ...{ name: '"vectors"', version: '"v2.3.5"', cluster_id: '"c1"', ca_cert_pem: '"cert"' },
    ...{ peers: `[${members.join(", ")}]`, storage: POOL, ...Object.fromEntries(own), ...more },
  };
  const lines = Object.entries(attributes).map(([name, value]) => `  ${name} = ${value}`);
  workspace.configure(`${VARIABLE}\n${before}\nresource "milvus_cluster" "c" {\n${lines.join("\n")}\n}`);
  return workspace.plan();
}

const legal: [title: string, more: Record<string, string>, peers: number, expected: (string | RegExp)[]][] = [
  [
    "a wide pool and Pulsar",
    { queue: PULSAR },
    3,
    [
      "etcd: 3 members, survives the loss of 1",
      /MinIO: 1 erasure set of 12 drives on peer-1, peer-2, peer-3, parity 4, 67% .* loss of 1 peer for reads, 1 for/,
      "Pulsar: one, on peer-2; while that peer is away no write is accepted",
      "Milvus to MinIO: TLS, as a user that sees bucket milvus-bucket alone",
      "wait for Pulsar on peer-2",
    ],
  ],
  [
    "a pool on each host",
    {
      storage: `{ pools = [for n in [1, 2, 3] : { peers = ["peer-\${n}"], drives_per_peer = 2, drive_gib = 100 }] }`,
      queue: PULSAR,
    },
    3,
    [
      /MinIO pool 3: 1 erasure set of 2 drives on peer-3, parity 1, 100 of 200 GiB usable \(50%\)/,
      "together they survive the loss of 0 peers for reads, 0 for writes",
      /Warning: Reads and writes of the whole cluster stop when "peer-1" is lost/,
    ],
  ],
  [
    "an S3 outside",
    { storage: '{ bucket = "vectors", s3 = { endpoint = "http://s3.example" } }', queue: PULSAR, ...S3_KEYS },
    3,
    [
      "objects: bucket vectors at s3.example, outside the cluster",
      "Milvus to s3.example: NO TLS, by an access key",
      "reach S3 at s3.example:80 from peer-1, peer-2, peer-3",
      /Warning: Objects and credentials travel readable/,
    ],
  ],
  [
    "a Kafka outside",
    {
      queue:
        '{ external_kafka = { brokers = ["kafka.example:9093"], protocol = "SASL_SSL", sasl_mechanism = "PLAIN" } }',
      ...{ kafka_user: '"milvus"', kafka_password: "var.secret" },
    },
    3,
    [
      "Kafka: kafka.example:9093, outside the cluster; writes are accepted while it answers",
      "Milvus to Kafka: SASL_SSL",
      "reach Kafka at kafka.example:9093 from peer-1",
    ],
  ],
  [
    "one process on one VM",
    { mode: '"standalone"', storage: '{ pools = [{ peers = ["peer-1"], drives_per_peer = 1 }] }' },
    1,
    [
      "rocksmq: Milvus' log is on the one peer's disk; it is lost with that disk",
      "Milvus: one process on peer-1; while that peer is away nothing is served",
      /Warning: A single peer survives no loss/,
    ],
  ],
  [
    "2.6 and its own log",
    { version: '"v2.6.11"', security: '{ client_tls = "mutual", internal_tls = true }' },
    3,
    [
      "Woodpecker: Milvus' log is in the object store and its metadata in etcd",
      /Milvus: coord on every peer, .*streaming on every peer/,
      "clients to Milvus: user and password, mutual TLS",
      "among Milvus' roles: TLS",
    ],
  ],
];

test.each(legal)("a plan tells what %s survives, and no secret", async (_title, more, peers, expected) => {
  const { code, output } = await plan(more, peers);
  const text = unboxed(output);
  for (const line of expected) expect(text).toEqual(expect.stringMatching(escaped(line)));
  expect(output).not.toContain(SECRET);
  expect(code).toBe(2);
});

test.each<[string, Record<string, string>, message: RegExp, line: string]>([
  ["no queue", {}, /Error: Milvus 2\.3 needs a message queue/, 'resource "milvus_cluster" "c"'],
  [
    "a queue of another version",
    { queue: '{ embedded = "woodpecker" }' },
    /Error: Milvus 2\.3 does not work with Woodpecker/,
    'queue = { embedded = "woodpecker" }',
  ],
  [
    "a parity that does not fit",
    { queue: PULSAR, storage: POOL.replace("pools", "parity = 7, pools") },
    /Error: Parity 7 is more than half/,
    "storage = { parity = 7,",
  ],
  [
    "an S3 without keys",
    { queue: PULSAR, storage: '{ s3 = { endpoint = "https://s3.example" } }' },
    /Error: s3_access_key is missing .*storage\.s3\.auth is "keys"; give it as a sensitive value/,
    'resource "milvus_cluster" "c"',
  ],
  [
    "keys that nothing asks for",
    { queue: PULSAR, ...S3_KEYS },
    /Error: s3_secret_key is not asked for .*There is no storage\.s3; remove it/,
    "s3_secret_key = var.secret",
  ],
])("a plan refuses %s, at its attribute", async (_title, more, message, line) => {
  const { code, output } = await plan(more);
  expect(code).toBe(1);
  expect(unboxed(output)).toMatch(message);
  expect(unboxed(output)).toContain(line);
  expect(output).not.toContain(SECRET);
});

test("an endpoint that another resource brings is no obstacle, and neither is a secret of it", async () => {
  const { code, output } = await plan(
    {
      storage: "{ s3 = { endpoint = terraform_data.bucket.output.endpoint } }",
      queue: PULSAR,
      ...{ s3_access_key: "terraform_data.bucket.id", s3_secret_key: "terraform_data.bucket.id" },
    },
    3,
    'resource "terraform_data" "bucket" {\n  input = { endpoint = "https://s3.example" }\n}',
  );
  expect(output).toContain("2 to add");
  expect(output).toMatch(/resilience\s+= \(known after apply\)/);
  expect(code).toBe(2);
});

const escaped = (line: string | RegExp): RegExp =>
  line instanceof RegExp ? line : new RegExp(line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
