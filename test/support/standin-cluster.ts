import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAll, imageOf } from "../../lab/build";
import { services } from "../../lab/images/catalogue";
import { docker, tryRun } from "../../lab/run";
import { createCa, issuePeerCert } from "../../lib/pki";
import { eventually } from "./eventually";

const [ETCD, MINIO, STANDIN] = ["etcd", "minio", "milvus-standin-2.6.11"].map((name) =>
  services.find((s) => s.name === name)!,
);
/** Of containers, volumes and the network, so that those of a run that was killed are found. */
const NAME = "milvus-standin-test";
const TRUST = "/etc/ssl/certs/ca-certificates.crt";
/** Confined as the product confines its own containers. */
const CONFINED = ["--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run", "--cap-drop", "ALL"];
/** What Milvus' user may do in MinIO: all within its bucket, and nothing else. */
const POLICY = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: ["s3:*"], Resource: ["arn:aws:s3:::vectors", "arn:aws:s3:::vectors/*"] },
  ],
};

/** Settings for the environment of a container, where they win over user.yaml. */
export type Settings = Readonly<Record<string, string>>;

/** Roles of the stand-in for Milvus 2.6 beside a real etcd and a real MinIO, all over TLS, on a Docker network of their own. */
export class StandInCluster {
  private constructor(readonly dir: string) {}

  static async start(): Promise<StandInCluster> {
    await buildAll([ETCD!, MINIO!, STANDIN!]);
    await removeAll();
    const cluster = new StandInCluster(await mkdtemp(join(tmpdir(), `${NAME}-`)));
    await docker("network", "create", NAME);
    await cluster.writeFiles();
    await Promise.all([cluster.startEtcd(), cluster.startMinio()]);
    return cluster;
  }

  /** Starts `milvus …` in a container of this name. */
  async milvus(name: string, args: readonly string[], settings: Settings = {}): Promise<void> {
    const environment = Object.entries(settings).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
    await this.container(
      name,
      imageOf(STANDIN!),
      ["milvus", ...args],
      [
        ...[...CONFINED, "--tmpfs", "/var/lib/milvus", ...environment],
        ...["--volume", `${this.dir}/user.yaml:/milvus/configs/user.yaml:ro`],
        ...["--volume", `${this.dir}/ca.crt:${TRUST}:ro`],
      ],
    );
  }

  /** Answer of a role's HTTP port. */
  async http(name: string, path: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`http://${await this.address(name)}:9091${path}`);
    return { status: answer.status, text: await answer.text() };
  }

  async isHealthy(...names: string[]): Promise<boolean> {
    const all = await Promise.all(names.map((name) => this.http(name, "/healthz")));
    return all.every(({ status, text }) => status === 200 && text === "OK");
  }

  address(name: string): Promise<string> {
    return inspect(name, "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
  }

  /** Sessions by their key without its prefix. */
  async sessions(): Promise<Record<string, { ServerID: number; Address: string; LeaseID: number }>> {
    const found = JSON.parse(await this.etcdctl("get", "--prefix", "by-dev/meta/session/", "-w", "json")) as {
      kvs?: { key: string; value: string }[];
    };
    const plain = (text: string): string => Buffer.from(text, "base64").toString();
    const all = (found.kvs ?? []).map(({ key, value }) => [plain(key).split("/").pop()!, plain(value)]);
    return Object.fromEntries(
      all.map(([key, value]) => [key, value!.startsWith("{") ? JSON.parse(value!) : value]),
    );
  }

  etcdctl(...args: string[]): Promise<string> {
    const tls = [`--cacert=/certs/ca.crt`, `--cert=/certs/public.crt`, `--key=/certs/private.key`];
    return docker("exec", nameOf("etcd"), "etcdctl", "--endpoints=https://etcd:2379", ...tls, ...args);
  }

  /** Waits for a container to end: its exit code and all that it said. */
  async ending(name: string): Promise<{ code: number; said: string }> {
    await eventually(
      `${name} ends`,
      120_000,
      async () => (await inspect(name, "{{.State.Status}}")) === "exited",
    );
    const { stdout, stderr } = await tryRun("docker", ["logs", nameOf(name)]);
    return { code: Number(await inspect(name, "{{.State.ExitCode}}")), said: stdout + stderr };
  }

  docker(verb: string, name: string, ...args: string[]): Promise<string> {
    return docker(verb, nameOf(name), ...args);
  }

  async stop(): Promise<void> {
    await removeAll();
    await rm(this.dir, { recursive: true, force: true });
  }

  private async writeFiles(): Promise<void> {
    const ca = await createCa("test");
    const write = (name: string, text: string): Promise<void> => writeFile(join(this.dir, name), text);
    await write("ca.crt", ca.certPem);
    await write("policy.json", JSON.stringify(POLICY));
    // JSON is YAML.
    await write("user.yaml", JSON.stringify(SETTINGS));
    const { certPem, keyPem } = await issuePeerCert(ca, { name: "etcd", address: "minio", days: 1 });
    await write("public.crt", certPem);
    await write("private.key", keyPem);
  }

  private async startEtcd(): Promise<void> {
    const certs = ["--cert-file=/certs/public.crt", "--key-file=/certs/private.key"];
    await this.container("etcd", imageOf(ETCD!), [
      ...["/usr/local/bin/etcd", "--data-dir=/tmp/etcd", "--listen-client-urls=https://0.0.0.0:2379"],
      ...["--advertise-client-urls=https://etcd:2379", ...certs],
      ...["--client-cert-auth", "--trusted-ca-file=/certs/ca.crt"],
    ]);
    await eventually(
      "etcd answers",
      90_000,
      async () => (await this.etcdctl("endpoint", "health")) !== undefined,
    );
  }

  private async startMinio(): Promise<void> {
    await this.container("minio", imageOf(MINIO!), ["server", "--certs-dir", "/certs", "/data"]);
    const mc = (...args: string[]): Promise<string> =>
      docker("exec", nameOf("minio"), "mc", "--insecure", ...args);
    await eventually("MinIO answers", 90_000, async () => {
      return (await mc("alias", "set", "it", "https://minio:9000", "minioadmin", "minioadmin")) !== "";
    });
    await mc("admin", "user", "add", "it", "milvus", "milvus-secret");
    await mc("admin", "policy", "create", "it", "milvus", "/certs/policy.json");
    await mc("admin", "policy", "attach", "it", "milvus", "--user", "milvus");
  }

  private async container(
    name: string,
    image: string,
    command: readonly string[],
    options: readonly string[] = [],
  ): Promise<void> {
    await docker(
      ...["run", "--detach", "--name", nameOf(name), "--label", NAME],
      ...["--network", NAME, "--network-alias", name, "--volume", `${this.dir}:/certs:ro`],
      ...[...options, image, ...command],
    );
  }
}

/** As the product renders them for a cluster with Woodpecker. */
const SETTINGS = {
  etcd: {
    endpoints: "etcd:2379",
    ssl: {
      enabled: true,
      tlsCert: "/certs/public.crt",
      tlsKey: "/certs/private.key",
      tlsCACert: "/certs/ca.crt",
    },
  },
  minio: {
    ...{ address: "minio", port: 9000, useSSL: true, ssl: { tlsCACert: "" }, bucketName: "vectors" },
    ...{ accessKeyID: "milvus", secretAccessKey: "milvus-secret" },
  },
  mq: { type: "woodpecker" },
  common: { session: { ttl: 15 }, security: { authorizationEnabled: true } },
};

function nameOf(container: string): string {
  return `${NAME}-${container}`;
}

function inspect(name: string, format: string): Promise<string> {
  return docker("inspect", "--format", format, nameOf(name));
}

async function removeAll(): Promise<void> {
  const ids = (await docker("ps", "--all", "--quiet", "--filter", `label=${NAME}`))
    .split("\n")
    .filter(Boolean);
  if (ids.length > 0) await docker("rm", "--force", "--volumes", ...ids);
  await tryRun("docker", ["network", "rm", NAME]);
}
