import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { buildAll, imageOf } from "../../lab/build";
import { services } from "../../lab/images/catalogue";
import { docker, tryRun } from "../../lab/run";
import { FolderTarget } from "../../lib/daemon/backups/folder";
import type { MilvusAccess } from "../../lib/daemon/backups/portable";
import type { ImportPlace } from "../../lib/daemon/backups/portable/bulk/place";
import { eventually } from "./eventually";
import { freePort } from "./free-port";

const MILVUS = services.find((s) => s.name === "milvus-2.3.5")!;
export const PASSWORD = "Milvus";

/** The roles' ports are those of the image's own file; beside them a queue, an etcd and a store within the one process. */
const CONFIG = `
rootCoord: { port: 53100 }
proxy: { port: 19530, internalPort: 19529 }
queryCoord: { port: 19531 }
queryNode: { port: 21123 }
dataCoord: { port: 13333 }
dataNode: { port: 21124 }
indexNode: { port: 21121 }
common: { storageType: local, security: { authorizationEnabled: true } }
etcd: { use: { embed: true }, data: { dir: /var/lib/milvus/etcd }, config: { path: /milvus/configs/etcd.yaml } }
localStorage: { path: /var/lib/milvus/data }
rocksmq: { path: /var/lib/milvus/rocksmq }
mq: { type: rocksmq }
`;
const ETCD =
  "{ listen-client-urls: 'http://127.0.0.1:2379', advertise-client-urls: 'http://127.0.0.1:2379' }\n";

/** The real Milvus 2.3.5, all of it in one container on a loopback port. */
export class StandaloneMilvus implements MilvusAccess {
  private constructor(
    private readonly name: string,
    private readonly dir: string,
    readonly address: string,
  ) {}

  static async start(): Promise<StandaloneMilvus> {
    await buildAll([MILVUS]);
    const dir = await mkdtemp(join(tmpdir(), "milvus-onprem-standalone-"));
    const imports = join(dir, "imports");
    await mkdir(imports);
    await writeFile(join(dir, "milvus.yaml"), CONFIG);
    await writeFile(join(dir, "etcd.yaml"), ETCD);
    const port = await freePort();
    const milvus = new StandaloneMilvus(`standalone-milvus-${port}`, dir, `127.0.0.1:${port}`);
    const mount = (file: string): string[] => ["-v", `${join(dir, file)}:/milvus/configs/${file}:ro`];
    await docker(
      ...["run", "-d", "--name", milvus.name, "-p", `${milvus.address}:19530`],
      ...["-e", "ETCD_USE_EMBED=true", "-e", "DEPLOY_MODE=STANDALONE", ...mount("milvus.yaml")],
      ...["-v", `${imports}:${imports}:ro`],
      ...[...mount("etcd.yaml"), imageOf(MILVUS), "milvus", "run", "standalone"],
    );
    try {
      await eventually("Milvus lets root in", 60_000, () => milvus.letsRootIn());
    } catch (error) {
      await milvus.stop();
      throw error;
    }
    return milvus;
  }

  /** Its store is a folder, and it reads files anywhere in it; any size is large enough. */
  get imports(): ImportPlace {
    const dir = this.importsDir;
    return { target: new FolderTarget(dir), pathOf: (path) => join(dir, path), leastBytes: 0 };
  }

  get importsDir(): string {
    return join(this.dir, "imports");
  }

  async open(): Promise<MilvusClient> {
    const client = new MilvusClient({
      ...{ address: this.address, username: "root", password: PASSWORD, logLevel: "error" },
    });
    client.connectPromise.catch(() => undefined);
    await client.connectPromise;
    return client;
  }

  async stop(): Promise<void> {
    await tryRun("docker", ["rm", "-f", "-v", this.name]);
    await rm(this.dir, { recursive: true, force: true });
  }

  private async letsRootIn(): Promise<boolean> {
    const client = await this.open();
    try {
      return (await client.listUsers()).status.error_code === "Success";
    } finally {
      await client.closeConnection();
    }
  }
}
