import { TerraformVariable, type TerraformStack } from "cdktf";
import {
  ExternalKafka,
  ExternalPulsar,
  ExternalS3,
  MilvusVersion,
  MinioHostPools,
  MinioWidePool,
  Peer,
  PulsarSingleton,
  Woodpecker,
  type MilvusCluster,
  type MilvusClusterProps,
} from "../../../constructs";
import { addPeers, newCluster, newStack, only, ssh, synth, validationErrors, warnings } from "./support";

const V2_6 = MilvusVersion.of("v2.6.11");
const hosts = (count: number): string[] => Array.from({ length: count }, (_, i) => `198.18.0.${i + 11}`);
const secret = (stack: TerraformStack, id: string): string =>
  new TerraformVariable(stack, id, { sensitive: true }).stringValue;

/** A cluster with the parts that are given. */
function built(
  parts: (cluster: MilvusCluster, peers: Peer[], stack: TerraformStack) => void,
  props: Partial<MilvusClusterProps> = {},
  peers = 3,
): TerraformStack {
  const stack = newStack();
  const cluster = newCluster(stack, props);
  parts(cluster, addPeers(cluster, hosts(peers)), stack);
  return stack;
}
const widePool = (cluster: MilvusCluster, peers: Peer[]): void =>
  void new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4 });
const pulsar = (cluster: MilvusCluster, peers: Peer[]): void =>
  void new PulsarSingleton(cluster, "pulsar", { host: peers[0]! });

describe("storage", () => {
  it("MinioHostPools is a pool for each of its peers", () => {
    const stack = built((cluster, peers) => {
      new MinioHostPools(cluster, "storage", { peers, drivesPerPeer: 2, parity: 1, bucket: "vectors" });
      pulsar(cluster, peers);
    });
    expect(validationErrors(stack)).toEqual([]);
    expect(only(stack, "milvus_cluster").storage).toEqual({
      pools: ["peer-1", "peer-2", "peer-3"].map((name) => ({ peers: [name], drives_per_peer: 2 })),
      ...{ parity: 1, bucket: "vectors" },
    });
    expect(warnings(stack)).toContain(
      '[search/vectors/storage] reads and writes of the whole cluster stop when "peer-2" is lost, for it is a pool by itself; a wide pool of 3 peers or more survives that',
    );
  });

  it("pools stand in the order in which they are constructed", () => {
    const stack = built(
      (cluster, peers) => {
        new MinioWidePool(cluster, "first", {
          ...{ peers: peers.slice(0, 3), mountPoints: ["/mnt/a", "/mnt/b"], driveGib: 100 },
        });
        new MinioWidePool(cluster, "second", { peers: peers.slice(3, 6), drivesPerPeer: 4 });
        new MinioHostPools(cluster, "third", { peers: peers.slice(6), drivesPerPeer: 6 });
        pulsar(cluster, peers);
      },
      {},
      7,
    );
    expect(validationErrors(stack)).toEqual([]);
    expect(only(stack, "milvus_cluster").storage).toEqual({
      pools: [
        { peers: ["peer-1", "peer-2", "peer-3"], mount_points: ["/mnt/a", "/mnt/b"], drive_gib: 100 },
        { peers: ["peer-4", "peer-5", "peer-6"], drives_per_peer: 4 },
        { peers: ["peer-7"], drives_per_peer: 6 },
      ],
    });
    const peers = Object.values(synth(stack).resource.milvus_peer!);
    const mounts = peers.map((p) => `${p.name}: ${p.mount_points ?? "none"}`).sort();
    expect([mounts[0], mounts[6]]).toEqual(["peer-1: /mnt/a,/mnt/b", "peer-7: none"]);
  });

  it("what is wrong with a pool is said of the construct that made it, by its own property", () => {
    const stack = built((cluster, peers) => {
      new MinioWidePool(cluster, "wide", {
        ...{ peers: peers.slice(0, 2), drivesPerPeer: 4, mountPoints: ["/mnt/a"] },
      });
      new MinioHostPools(cluster, "single", {
        peers: [peers[2]!, peers[1]!],
        ...{ drivesPerPeer: 2, driveGib: 0, parity: 2, bucket: "other" },
      });
      pulsar(cluster, peers);
    });
    expect(validationErrors(stack)).toEqual([
      "[search/vectors/wide] drivesPerPeer: 4 drives do not fit 1 mount points; leave drivesPerPeer out",
      "[search/vectors/single] parity: all pools have that of the first; say it on search/vectors/wide",
      "[search/vectors/single] bucket: all pools have that of the first; say it on search/vectors/wide",
      "[search/vectors/single] driveGib: 0 is not a whole number from 1 to 65536",
      '[search/vectors/single] peers[1]: "peer-2" is in pool 1 already; name each peer once',
    ]);
  });

  it("an S3 has its keys by reference, and no MinIO is on any peer", () => {
    const stack = built((cluster, peers, stack) => {
      new ExternalS3(cluster, "storage", {
        ...{
          endpoint: "https://s3.example",
          bucket: "vectors",
          rootPath: "a/b",
          region: "eu",
          pathStyle: false,
        },
        ...{ accessKey: secret(stack, "key"), secretKey: secret(stack, "secret") },
      });
      pulsar(cluster, peers);
    });
    expect(validationErrors(stack)).toEqual([]);
    expect(warnings(stack)).toEqual([]);
    expect(only(stack, "milvus_cluster")).toMatchObject({
      storage: {
        bucket: "vectors",
        s3: { endpoint: "https://s3.example", root_path: "a/b", region: "eu", path_style: false },
      },
      ...{ s3_access_key: "${var.key}", s3_secret_key: "${var.secret}" },
    });
    const peers = Object.values(synth(stack).resource.milvus_peer!);
    expect(peers.flatMap((p) => p.required_ports as number[])).not.toContain(9000);
  });

  it("what is wrong with an S3 is said of it, and a cluster has one store", () => {
    const stack = built((cluster, peers) => {
      new ExternalS3(cluster, "s3", { endpoint: "s3.example", auth: "iam" });
      widePool(cluster, peers);
      pulsar(cluster, peers);
    });
    expect(validationErrors(stack)).toEqual([
      "[search/vectors/s3] a cluster has one object store only, and search/vectors/storage is there already",
      '[search/vectors/s3] endpoint: "s3.example" is not an endpoint; an example is "https://s3.eu-central-1.amazonaws.com"',
    ]);
  });
});

describe("queue", () => {
  it("an external Pulsar gets its token, which is not the cluster's own", () => {
    const stack = built((cluster, peers, stack) => {
      widePool(cluster, peers);
      new ExternalPulsar(cluster, "queue", {
        ...{ serviceUrl: "pulsar+ssl://pulsar.example:6651", tenant: "search", namespace: "vectors" },
        token: secret(stack, "token"),
      });
    });
    expect(validationErrors(stack)).toEqual([]);
    expect(warnings(stack)).toEqual([]);
    expect(only(stack, "milvus_cluster")).toMatchObject({
      queue: { external_pulsar: { tenant: "search", namespace: "vectors", token: true } },
      external_pulsar_token: "${var.token}",
      pulsar_token: "${milvus_credentials.vectors_credentials_6077026C.pulsar_token}",
    });
    const peers = Object.values(synth(stack).resource.milvus_peer!);
    expect(peers.flatMap((p) => p.required_ports as number[])).not.toContain(6650);
  });

  it("an external Kafka gets user and password", () => {
    const stack = built((cluster, peers, stack) => {
      widePool(cluster, peers);
      new ExternalKafka(cluster, "queue", {
        ...{ brokers: ["a.example:9093", "b.example:9093"], protocol: "SASL_SSL", saslMechanism: "PLAIN" },
        ...{ username: "milvus", password: secret(stack, "password") },
      });
    });
    expect(validationErrors(stack)).toEqual([]);
    expect(warnings(stack)).toEqual([]);
    expect(only(stack, "milvus_cluster")).toMatchObject({
      queue: { external_kafka: { brokers: ["a.example:9093", "b.example:9093"], sasl_mechanism: "PLAIN" } },
      ...{ kafka_user: "milvus", kafka_password: "${var.password}" },
    });
  });

  it("Woodpecker may be said with 2.6, and need not be", () => {
    const parts = (cluster: MilvusCluster, peers: Peer[]): void => {
      widePool(cluster, peers);
      new Woodpecker(cluster, "log");
    };
    const said = built(parts, { version: V2_6 });
    expect(validationErrors(said)).toEqual([]);
    expect(only(said, "milvus_cluster").queue).toEqual({ embedded: "woodpecker" });
    expect(validationErrors(built(widePool, { version: V2_6 }))).toEqual([]);
  });

  it("what does not fit the version, or is there twice, is said of the queue", () => {
    const stack = built((cluster, peers) => {
      widePool(cluster, peers);
      new Woodpecker(cluster, "log");
      new ExternalKafka(cluster, "kafka", { brokers: [] });
    });
    expect(validationErrors(stack)).toEqual([
      "[search/vectors/log] Milvus 2.3 does not work with Woodpecker; use one of a Pulsar singleton, an external Pulsar, an external Kafka",
      "[search/vectors/kafka] a cluster has one message queue only, and search/vectors/log is there already",
    ]);
  });
});

describe("secrets of services outside the cluster", () => {
  const outside = (s3: object, kafka: object): TerraformStack =>
    built((cluster) => {
      new ExternalS3(cluster, "s3", { endpoint: "https://s3.example", ...s3 });
      new ExternalKafka(cluster, "kafka", { brokers: ["kafka.example:9093"], ...kafka });
    });
  const SASL = { protocol: "SASL_SSL", saslMechanism: "PLAIN" };
  const readable = (name: string): string =>
    `${name} is a literal and will stand readable in cdk.tf.json; use a sensitive TerraformVariable, or another resource's attribute`;

  it("are missed where they are asked for", () => {
    expect(validationErrors(outside({}, SASL))).toEqual([
      '[search/vectors/s3] accessKey: auth is "keys", which needs one',
      '[search/vectors/s3] secretKey: auth is "keys", which needs one',
      '[search/vectors/kafka] username: protocol is "SASL_SSL", which needs one',
      '[search/vectors/kafka] password: protocol is "SASL_SSL", which needs one',
    ]);
  });

  it("are refused where nobody asks for them", () => {
    const s3 = { auth: "iam", accessKey: "a", secretKey: "s" };
    expect(validationErrors(outside(s3, { protocol: "SSL", username: "u", password: "p" }))).toEqual([
      '[search/vectors/s3] accessKey: auth is "iam", which takes none; remove it',
      '[search/vectors/s3] secretKey: auth is "iam", which takes none; remove it',
      '[search/vectors/kafka] username: protocol is "SSL", which takes none; remove it',
      '[search/vectors/kafka] password: protocol is "SSL", which takes none; remove it',
    ]);
  });

  it("are warned of as literals, but for names", () => {
    const stack = outside({ accessKey: "a", secretKey: "s" }, { ...SASL, username: "u", password: "p" });
    expect(validationErrors(stack)).toEqual([]);
    expect(warnings(stack)).toEqual([
      `[search/vectors/s3] ${readable("secretKey")}`,
      `[search/vectors/kafka] ${readable("password")}`,
    ]);
  });

  it("of backups go by attributes of their own, and are warned of as literals", () => {
    const s3 = { endpoint: "https://s3.example", bucket: "backups", accessKey: "a", secretKey: "s" };
    const stack = newStack();
    const encryption = { ageIdentity: "AGE-SECRET-KEY-1" };
    const cluster = newCluster(stack, { backups: { target: { s3 }, encryption } });
    const peers = addPeers(cluster);
    widePool(cluster, peers);
    new PulsarSingleton(cluster, "pulsar", { host: peers[0]! });
    expect(validationErrors(stack)).toEqual([]);
    expect(warnings(stack)).toEqual(
      ["backups.target.s3.secretKey", "backups.encryption.ageIdentity"].map(
        (path) => `[search/vectors] ${readable(path)}`,
      ),
    );
    expect(only(stack, "milvus_cluster")).toMatchObject({
      backups: {
        target: { s3: { endpoint: "https://s3.example", bucket: "backups" } },
        encryption: "age",
      },
      ...{ backup_access_key: "a", backup_secret_key: "s", backup_identity: "AGE-SECRET-KEY-1" },
    });
    expect(JSON.stringify(only(stack, "milvus_cluster").backups)).not.toMatch(/key/i);
  });

  it("a cluster is formed from a backup that lies outside of it, and from no other", () => {
    const s3 = { endpoint: "https://s3.example", bucket: "backups", accessKey: "a", secretKey: "s" };
    const errorsWith = (backup: string, target?: { s3: typeof s3 }): string[] => {
      const stack = newStack();
      const cluster = newCluster(stack, {
        backups: { target, schedule: "0 2 * * *" },
        restoreFrom: { backup },
      });
      const peers = addPeers(cluster);
      widePool(cluster, peers);
      new PulsarSingleton(cluster, "pulsar", { host: peers[0]! });
      return validationErrors(stack);
    };
    expect(errorsWith("latest", { s3 })).toEqual([]);
    expect(errorsWith("latest")).toEqual([
      expect.stringContaining("restoreFrom: it restores from where backups lie, and without backups.target"),
    ]);
    expect(errorsWith("../other", { s3 })).toEqual([
      expect.stringContaining('restoreFrom.backup: "../other" is not the name of a backup'),
    ]);
  });

  it("are warned of as literals with Pulsar, too", () => {
    const stack = built((cluster, peers) => {
      widePool(cluster, peers);
      new ExternalPulsar(cluster, "pulsar", { serviceUrl: "pulsar+ssl://pulsar.example:6651", token: "t" });
    });
    expect(warnings(stack)).toEqual([`[search/vectors/pulsar] ${readable("token")}`]);
  });
});

describe("roles, mode and settings", () => {
  it("a peer runs the roles that it is given", () => {
    const stack = newStack();
    const cluster = newCluster(stack, { version: V2_6 });
    const peers = addPeers(cluster);
    new Peer(cluster, "search-1", { address: "198.18.0.21", ssh, roles: ["query"] });
    new Peer(cluster, "search-2", { address: "198.18.0.22", ssh, roles: ["query"] });
    widePool(cluster, peers);
    expect(validationErrors(stack)).toEqual([]);
    const members = only(stack, "milvus_cluster").peers as { roles?: string[] }[];
    const all = undefined;
    expect(members.map(({ roles }) => roles)).toEqual([all, all, all, ["query"], ["query"]]);
    const search = Object.values(synth(stack).resource.milvus_peer!).find((p) => p.name === "search-1");
    expect(search!.required_ports).not.toContain(19530);
  });

  it("a role that the version lacks is said of the peer", () => {
    const stack = newStack();
    const cluster = newCluster(stack);
    const peers = [new Peer(cluster, "a", { address: "198.18.0.11", ssh, roles: ["query", "streaming"] })];
    peers.push(...addPeers(cluster, ["198.18.0.12", "198.18.0.13"]));
    widePool(cluster, peers);
    pulsar(cluster, peers);
    expect(validationErrors(stack)).toEqual([
      '[search/vectors/a] roles: Milvus 2.3 has no role "streaming"; it has coord, proxy, query, data, index',
    ]);
  });

  it("one process on one peer needs no queue", () => {
    const stack = built(
      (cluster, peers) => void new MinioHostPools(cluster, "storage", { peers, drivesPerPeer: 1 }),
      { mode: "standalone" },
      1,
    );
    expect(validationErrors(stack)).toEqual([]);
    expect(only(stack, "milvus_cluster")).toMatchObject({ mode: "standalone" });
  });

  const parts = (cluster: MilvusCluster, peers: Peer[]): void => {
    widePool(cluster, peers);
    pulsar(cluster, peers);
  };

  it("what protects the data plane is said in the cluster's own words", () => {
    const stack = built(parts, {
      ...{ authentication: false, clientTls: "both" as "mutual", internalTls: true },
      firewall: { clients: ["10.0.0.0"], operators: ["here"] },
      ...{ dataDirs: { etcd: "fast" }, resources: { query: { memoryMb: 1 } } },
    });
    expect(validationErrors(stack).map((line) => line.split(": ")[0])).toEqual(
      ["clientTls", "internalTls", "firewall.clients[0]", "firewall.operators[0]"]
        .concat("dataDirs.etcd", "resources.query.memoryMb")
        .map((property) => `[search/vectors] ${property}`),
    );
    expect(warnings(stack)).toEqual([expect.stringMatching(/^\[search\/vectors\] authentication: whoever/)]);
  });

  it("directories of their own are what a peer needs, Pulsar's where Pulsar is", () => {
    const stack = built(parts, { dataDirs: { etcd: "/fast/etcd", pulsar: "/fast/pulsar" } });
    const dirs = Object.values(synth(stack).resource.milvus_peer!).map((p) => p.data_dirs);
    expect(dirs).toEqual([["/fast/etcd", "/fast/pulsar"], ["/fast/etcd"], ["/fast/etcd"]]);
  });

  it("common settings are typed, and all are checked", () => {
    // @ts-expect-error a level is one of a few words
    const loud: MilvusClusterProps["config"] = { "log.level": "loud" };
    expect(validationErrors(built(parts, { config: loud }))).toEqual([
      expect.stringMatching(/^\[search\/vectors\] config\["log\.level"\]: "loud" is neither/),
    ]);
  });
});
