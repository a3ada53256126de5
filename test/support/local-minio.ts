import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "minio";
import { Agent } from "node:https";
import { buildAll, imageOf } from "../../lab/build";
import { services } from "../../lab/images/catalogue";
import { docker, tryRun } from "../../lab/run";
import { createCa, issuePeerCert } from "../../lib/pki";
import { eventually } from "./eventually";
import { freePort } from "./free-port";

const MINIO = services.find((s) => s.name === "minio")!;

/** A real MinIO as a container of this machine, with TLS by an authority of its own. */
export class LocalMinio {
  readonly accessKey = "local-key-7f0a";
  readonly secretKey = "local-secret-1b7e";

  private constructor(
    private readonly dir: string,
    readonly port: number,
    readonly caPem: string,
    private readonly container: string,
  ) {}

  static async start(buckets: readonly string[]): Promise<LocalMinio> {
    await buildAll([MINIO]);
    const dir = await mkdtemp(join(tmpdir(), "milvus-onprem-minio-"));
    const ca = await createCa("another authority");
    const pair = await issuePeerCert(ca, { name: "s3", address: "127.0.0.1", days: 1 });
    await writeFile(join(dir, "public.crt"), pair.certPem);
    await writeFile(join(dir, "private.key"), pair.keyPem);
    const port = await freePort();
    const container = `milvus-onprem-test-minio-${process.pid}`;
    const minio = new LocalMinio(dir, port, ca.certPem, container);
    await docker(
      ...["run", "-d", "--name", container, "--network", "host", "-v", `${dir}:/certs:ro`],
      ...["-e", `MINIO_ROOT_USER=${minio.accessKey}`, "-e", `MINIO_ROOT_PASSWORD=${minio.secretKey}`],
      ...[imageOf(MINIO), "server", "--certs-dir", "/certs", "--address", `127.0.0.1:${port}`, "/data"],
    );
    await eventually("a local MinIO", 60_000, async () => {
      for (const bucket of buckets)
        if (!(await minio.client.bucketExists(bucket))) await minio.client.makeBucket(bucket);
      return true;
    });
    return minio;
  }

  get endpoint(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  get client(): Client {
    return new Client({
      ...{ endPoint: "127.0.0.1", port: this.port, useSSL: true, region: "us-east-1" },
      ...{ accessKey: this.accessKey, secretKey: this.secretKey },
      transportAgent: new Agent({ ca: this.caPem }),
    });
  }

  async stop(): Promise<void> {
    await tryRun("docker", ["rm", "-f", "-v", this.container]);
    await rm(this.dir, { recursive: true, force: true });
  }
}
