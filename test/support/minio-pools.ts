import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAll, imageOf } from "../../lab/build";
import { services } from "../../lab/images/catalogue";
import { docker, tryRun } from "../../lab/run";
import { HttpClient } from "../../lib/daemon/http";
import type { MinioSpec } from "../../lib/daemon/minio/pool";
import { createCa, issuePeerCert } from "../../lib/pki";
import { eventually } from "./eventually";

const MINIO = services.find((s) => s.name === "minio")!;
const PORT = 9000;
const PARITY = 1;
/** A pool for each. */
const PEERS = [
  { name: "peer-1", drives: 2 },
  { name: "peer-2", drives: 4 },
];

/** Drives on the container's own disk, which MinIO takes only so. */
const CONTAINER_DISK = "MINIO_CI_CD=1";

export interface MinioPoolsOptions {
  readonly rootUser: string;
  readonly rootPassword: string;
  readonly bucket: string;
}

/** A real MinIO with TLS: two pools of one node each, on a network of their own, reached from this machine. */
export class MinioPools {
  private constructor(
    private readonly dir: string,
    private readonly network: string,
    private readonly peers: readonly Peer[],
    readonly spec: MinioSpec,
    readonly http: HttpClient,
    /** Authority of its certificates. */
    readonly caPem: string,
  ) {}

  static async start(o: MinioPoolsOptions): Promise<MinioPools> {
    await buildAll([MINIO]);
    const dir = await mkdtemp(join(tmpdir(), "milvus-onprem-minio-"));
    const { network, prefix } = await freeNetwork(`minio-pools-${process.pid}`);
    const peers = PEERS.map((peer, i) => ({ ...peer, address: `${prefix}.${i + 11}` }));
    const tls = await certificates(dir, peers);
    await writeFile(join(dir, "env"), environment(o), { mode: 0o600 });
    const spec = specOf(peers, o.bucket);
    const pools = new MinioPools(dir, network, peers, spec, new HttpClient(tls), tls.ca);
    try {
      await pools.runWith(...peers.map(({ name }) => name));
    } catch (error) {
      await pools.stop();
      throw error;
    }
    return pools;
  }

  async stop(): Promise<void> {
    await Promise.all(PEERS.map(({ name }) => tryRun("docker", ["rm", "-f", "-v", this.container(name)])));
    await docker("volume", "rm", ...PEERS.map(({ name }) => this.volume(name)));
    await docker("network", "rm", this.network);
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Starts MinIO anew with the pools of some peers, all at once; drives keep what they hold. */
  async runWith(...names: string[]): Promise<void> {
    const remove = PEERS.map(({ name }) => tryRun("docker", ["rm", "-f", "-v", this.container(name)]));
    await Promise.all(remove);
    const peers = this.peers.filter(({ name }) => names.includes(name));
    await Promise.all(peers.map((peer) => this.run(peer, peers)));
    await this.whole(peers);
  }

  /** Objects of a bucket that have a part on the first drive of a peer, in order. */
  async on(peer: string, bucket: string): Promise<string[]> {
    const found = await docker("exec", this.container(peer), "sh", "-c", `cd /drives/drive1/${bucket} && ls`);
    return found.split("\n").filter((name) => name !== "");
  }

  private container(peer: string): string {
    return `${this.network}-${peer}`;
  }

  private volume(peer: string): string {
    return `${this.container(peer)}-drives`;
  }

  private async run({ name, address }: Peer, all: readonly Peer[]): Promise<void> {
    await docker(
      ...["run", "-d", "--name", this.container(name), "--env-file", join(this.dir, "env")],
      ...["--network", this.network, "--ip", address, "--hostname", name],
      ...all.flatMap((peer) => ["--add-host", `${peer.name}:${peer.address}`]),
      ...["-v", `${join(this.dir, name)}:/certs:ro`, "-v", `${this.volume(name)}:/drives`, imageOf(MINIO)],
      ...["server", "--certs-dir", "/certs", "--address", `${address}:${PORT}`],
      ...all.map((peer) => `https://${peer.name}:${PORT}/drives/drive{1...${peer.drives}}`),
    );
  }

  /** Until every node sees write quorum in all pools. */
  private async whole(peers: readonly Peer[]): Promise<void> {
    await eventually("every node reports write quorum", 60_000, async () => {
      const urls = peers.map((p) => `https://${p.address}:${PORT}/minio/health/cluster`);
      const answers = await Promise.all(urls.map((url) => this.http.get(url, 3_000)));
      return answers.every(({ status }) => status === 200);
    });
  }
}

type Peer = (typeof PEERS)[number] & { readonly address: string };

/** Docker refuses a subnet that is in use; labs take theirs from 198.18.0.0/16. */
async function freeNetwork(network: string): Promise<{ network: string; prefix: string }> {
  for (let octet = 1; octet < 255; octet++) {
    const prefix = `198.19.${octet}`;
    const made = await tryRun("docker", ["network", "create", "--subnet", `${prefix}.0/24`, network]);
    if (made.code === 0) return { network, prefix };
    if (!/overlap/i.test(made.stderr)) throw new Error(`cannot create ${network}: ${made.stderr}`);
  }
  throw new Error("no free /24 in 198.19.0.0/16");
}

/** As a peer has them, so that one may also ask for itself. Returns those with which this machine asks. */
async function certificates(dir: string, peers: readonly Peer[]) {
  const ca = await createCa("test");
  for (const { name, address } of peers) {
    const { certPem, keyPem } = await issuePeerCert(ca, { name, address, days: 1 });
    await mkdir(join(dir, name, "CAs"), { recursive: true });
    await writeFile(join(dir, name, "CAs", "ca.crt"), ca.certPem);
    await writeFile(join(dir, name, "public.crt"), certPem);
    await writeFile(join(dir, name, "private.key"), keyPem, { mode: 0o600 });
  }
  const { certPem: cert, keyPem: key } = await issuePeerCert(ca, {
    name: "test",
    address: "127.0.0.1",
    days: 1,
  });
  return { ca: ca.certPem, cert, key };
}

function environment({ rootUser, rootPassword }: MinioPoolsOptions): string {
  const root = [`MINIO_ROOT_USER=${rootUser}`, `MINIO_ROOT_PASSWORD=${rootPassword}`];
  return [...root, `MINIO_STORAGE_CLASS_STANDARD=EC:${PARITY}`, CONTAINER_DISK, ""].join("\n");
}

/** As much of a spec as MinIO's room reads. */
function specOf(all: readonly Peer[], bucket: string): MinioSpec {
  const peers = all.map(({ name, address }) => ({ name, address, roles: [] }));
  const pools = all.map(({ name, drives }) => ({ peers: [name], drivesPerPeer: drives, mountPoints: [] }));
  const storage = { kind: "minio", pools, parity: PARITY, bucket };
  return { name: "test", peers, storage, ports: { minio: PORT } } as unknown as MinioSpec;
}
