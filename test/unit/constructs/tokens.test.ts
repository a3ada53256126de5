import { TerraformVariable, type TerraformStack } from "cdktf";
import {
  ExternalKafka,
  ExternalPulsar,
  ExternalS3,
  MinioWidePool,
  Peer,
  PulsarSingleton,
  type MilvusCluster,
  type MilvusClusterProps,
} from "../../../constructs";
import { addPeers, newCluster, newStack, only, ssh, synth, validationErrors, warnings } from "./support";

/** What is known only when Terraform runs. */
const of = (stack: TerraformStack, id: string) => new TerraformVariable(stack, id, {});
const text = (stack: TerraformStack, id: string): string => of(stack, id).stringValue;
const number = (stack: TerraformStack, id: string): number => of(stack, id).numberValue;
const list = (stack: TerraformStack, id: string): string[] => of(stack, id).listValue;

function built(
  parts: (cluster: MilvusCluster, peers: Peer[], stack: TerraformStack) => void,
  props: (stack: TerraformStack) => Partial<MilvusClusterProps> = () => ({}),
): TerraformStack {
  const stack = newStack();
  const cluster = newCluster(stack, props(stack));
  parts(cluster, addPeers(cluster), stack);
  return stack;
}
const widePool = (cluster: MilvusCluster, peers: Peer[]): void =>
  void new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 4 });
const pulsar = (cluster: MilvusCluster, peers: Peer[]): void =>
  void new PulsarSingleton(cluster, "pulsar", { host: peers[0]! });

/** Sound, and what Terraform gets has the reference in the place of each token. */
function accepted(stack: TerraformStack): Record<string, unknown> {
  expect(validationErrors(stack)).toEqual([]);
  const json = JSON.stringify(synth(stack));
  expect(json).not.toMatch(/TOKEN|unknown\.invalid|2001:db8|192\.0\.2|e\+\d{3}/);
  return only(stack, "milvus_cluster");
}

describe("a token may stand", () => {
  it("in an S3's endpoint and everything about it", () => {
    const stack = built((cluster, peers, s) => {
      new ExternalS3(cluster, "storage", {
        ...{ endpoint: text(s, "endpoint"), bucket: text(s, "bucket"), rootPath: text(s, "root") },
        ...{ region: text(s, "region"), caPem: text(s, "ca") },
        ...{ accessKey: text(s, "key"), secretKey: text(s, "secret") },
      });
      pulsar(cluster, peers);
    });
    expect(accepted(stack)).toMatchObject({
      storage: {
        bucket: "${var.bucket}",
        s3: {
          endpoint: "${var.endpoint}",
          root_path: "${var.root}",
          region: "${var.region}",
          ca_pem: "${var.ca}",
        },
      },
    });
    expect(warnings(stack)).toEqual([]);
  });

  it("in part of an endpoint", () => {
    const stack = built((cluster, peers, s) => {
      const endpoint = `https://${text(s, "host")}:9000`;
      new ExternalS3(cluster, "storage", {
        endpoint,
        accessKey: text(s, "key"),
        secretKey: text(s, "secret"),
      });
      pulsar(cluster, peers);
    });
    expect(accepted(stack)).toMatchObject({ storage: { s3: { endpoint: "https://${var.host}:9000" } } });
  });

  it("in a way to authenticate, which the plan then checks", () => {
    const stack = built((cluster, _peers, s) => {
      new ExternalS3(cluster, "storage", { endpoint: "https://s3.example", auth: text(s, "auth") as "iam" });
      new ExternalKafka(cluster, "queue", {
        ...{
          brokers: ["kafka.example:9093"],
          saslMechanism: "PLAIN",
          protocol: text(s, "protocol") as "SSL",
        },
      });
    });
    expect(accepted(stack)).toMatchObject({
      storage: { s3: { auth: "${var.auth}" } },
      queue: { external_kafka: { protocol: "${var.protocol}", sasl_mechanism: "PLAIN" } },
    });
  });

  it("in brokers, one by one or all of them", () => {
    const kafka = (brokers: (s: TerraformStack) => string[]): unknown =>
      accepted(
        built((cluster, peers, s) => {
          widePool(cluster, peers);
          new ExternalKafka(cluster, "queue", { brokers: brokers(s), protocol: "SSL" });
        }),
      ).queue;
    const one = kafka((s) => [text(s, "a"), "b.example:9093", text(s, "c")]);
    expect(one).toMatchObject({ external_kafka: { brokers: ["${var.a}", "b.example:9093", "${var.c}"] } });
    expect(kafka((s) => list(s, "all"))).toMatchObject({ external_kafka: { brokers: "${var.all}" } });
  });

  it("in a Pulsar's URL, ports and names", () => {
    const stack = built((cluster, peers, s) => {
      widePool(cluster, peers);
      new ExternalPulsar(cluster, "queue", {
        ...{ serviceUrl: text(s, "url"), adminPort: number(s, "port"), tenant: text(s, "tenant") },
        token: text(s, "token"),
      });
    });
    expect(accepted(stack)).toMatchObject({
      queue: {
        external_pulsar: {
          service_url: "${var.url}",
          admin_port: "${var.port}",
          tenant: "${var.tenant}",
          token: true,
        },
      },
    });
  });

  it("in mount points, one by one or all of them, which the peers then need", () => {
    const pool = (mountPoints: (s: TerraformStack) => string[]): TerraformStack =>
      built((cluster, peers, s) => {
        new MinioWidePool(cluster, "storage", { peers, mountPoints: mountPoints(s) });
        pulsar(cluster, peers);
      });
    const mounts = (stack: TerraformStack): unknown =>
      Object.values(synth(stack).resource.milvus_peer!)[0]!.mount_points;
    const one = pool((s) => [text(s, "a"), text(s, "b")]);
    expect(accepted(one).storage).toMatchObject({ pools: [{ mount_points: ["${var.a}", "${var.b}"] }] });
    expect(mounts(one)).toEqual(["${var.a}", "${var.b}"]);
    const all = pool((s) => list(s, "all"));
    expect(accepted(all).storage).toMatchObject({ pools: [{ mount_points: "${var.all}" }] });
    expect(mounts(all)).toBe("${var.all}");
  });

  it("in numbers of drives and sizes", () => {
    const stack = built((cluster, peers, s) => {
      new MinioWidePool(cluster, "storage", {
        ...{
          peers,
          drivesPerPeer: number(s, "drives"),
          driveGib: number(s, "gib"),
          parity: number(s, "parity"),
        },
      });
      new PulsarSingleton(cluster, "pulsar", {
        ...{ host: peers[0]!, heapMb: number(s, "heap"), retentionMinutes: number(s, "retention") },
      });
    });
    expect(accepted(stack)).toMatchObject({
      storage: {
        parity: "${var.parity}",
        pools: [{ drives_per_peer: "${var.drives}", drive_gib: "${var.gib}" }],
      },
      queue: { pulsar_singleton: { heap_mb: "${var.heap}", retention_minutes: "${var.retention}" } },
    });
  });

  it("in limits, directories, networks and settings of the cluster", () => {
    const stack = built(
      (cluster, peers) => {
        widePool(cluster, peers);
        pulsar(cluster, peers);
      },
      (s) => ({
        resources: { query: { memoryMb: number(s, "memory"), cpus: 2 } },
        dataDirs: { etcd: text(s, "etcd") },
        firewall: { clients: [text(s, "clients"), "10.0.0.0/8"], operators: list(s, "operators") },
        clientTls: text(s, "tls") as "server",
        config: {
          "log.level": text(s, "level") as "info",
          "queryNode.gracefulStopTimeout": number(s, "stop"),
        },
      }),
    );
    expect(accepted(stack)).toMatchObject({
      resources: { query: { memory_mb: "${var.memory}", cpus: 2 } },
      data_dirs: { etcd: "${var.etcd}" },
      security: {
        client_tls: "${var.tls}",
        firewall: { clients: ["${var.clients}", "10.0.0.0/8"], operators: "${var.operators}" },
      },
      config: { "log.level": "${var.level}", "queryNode.gracefulStopTimeout": "${var.stop}" },
    });
    const [first] = Object.values(synth(stack).resource.milvus_peer!);
    expect(first!.data_dirs).toEqual(["${var.etcd}"]);
  });

  it("beside what is wrong, which is found all the same", () => {
    const stack = built((cluster, peers, s) => {
      new MinioWidePool(cluster, "storage", { peers, mountPoints: [text(s, "a"), "relative"] });
      new ExternalKafka(cluster, "queue", { brokers: [text(s, "broker"), "no-port"], protocol: "SSL" });
    });
    expect(validationErrors(stack).join("\n")).toMatchInlineSnapshot(`
     "[search/vectors/storage] mountPoints[1]: "relative" is not an absolute path; start it with "/"
     [search/vectors/queue] brokers[1]: "no-port" is not host:port"
    `);
  });
});

it("addresses to come do not decide how MinIO lays its drives out: names do", () => {
  const stack = newStack();
  const cluster = newCluster(stack);
  // Six hosts that count up have sets of 6 drives, of which 3 may be parity; others have sets of 9, of which 4 may be.
  const peers = ["red", "green", "blue", "cyan", "pink", "grey"].map(
    (name) => new Peer(cluster, name, { address: text(stack, name), ssh }),
  );
  new MinioWidePool(cluster, "storage", { peers, drivesPerPeer: 3, parity: 4 });
  pulsar(cluster, peers);
  expect(validationErrors(stack)).toEqual([]);
});
