import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageOf } from "../../lab/build";
import { DaemonClient } from "../../lib/api/client";
import { listen } from "../../lib/daemon/api/listen";
import { internalRoutes } from "../../lib/daemon/api/routes/internal";
import { rescueRoutes } from "../../lib/daemon/api/routes/rescue";
import { DockerEngine } from "../../lib/daemon/docker-engine";
import { EtcdStore } from "../../lib/daemon/etcd";
import { connectTcp } from "../../lib/daemon/peers";
import type { Engine } from "../../lib/daemon/ports/engine";
import { Redactor } from "../../lib/daemon/redact";
import { RescueDesk } from "../../lib/daemon/rescue/desk";
import { Serial } from "../../lib/daemon/serial";
import type { Ports } from "../../lib/daemon/steps/step";
import type { TaskContext } from "../../lib/daemon/tasks/task";
import { TokenInForce } from "../../lib/daemon/token";
import { MaintenanceMarks } from "../../lib/daemon/watchdog/marks";
import { createCa, issuePeerCert, type CertifiedKey } from "../../lib/pki";
import { etcdService } from "../../lib/render/etcd";
import { dataDir } from "../../lib/spec/disks";
import { CA_CERT, PEER_CERT, PEER_KEY } from "../../lib/spec/paths";
import type { ClusterSpec } from "../../lib/spec/spec";
import { identityOf, MemoryLog, specOf } from "../unit/daemon/support";
import { ETCD, takeEtcdFromItsImage } from "./etcd-cluster";
import { EtcdProcess } from "./etcd-process";
import { eventually } from "./eventually";
import { freePorts } from "./free-port";

const NAMES = ["peer-1", "peer-2", "peer-3"];
/** Small enough to be filled in a moment. */
const QUOTA_BYTES = 16 << 20;

/** Three peers on addresses of the loopback network: daemons with no more than the rescue, and real etcds as they are rendered. */
export class RescueCluster {
  readonly log = new MemoryLog();
  readonly peers: RescuePeer[] = [];

  private constructor(
    readonly dir: string,
    readonly ca: CertifiedKey,
    readonly spec: ClusterSpec,
  ) {}

  static async start(): Promise<RescueCluster> {
    const dir = await mkdtemp(join(tmpdir(), "milvus-onprem-rescue-"));
    await takeEtcdFromItsImage(dir);
    const [daemon, etcdClient, etcdPeer] = (await freePorts(3)) as [number, number, number];
    const base = specOf(dir);
    const spec = {
      ...base,
      peers: base.peers.map((p, i) => ({ ...p, address: `127.0.0.1${i + 1}` })),
      ports: { ...base.ports, daemon, etcdClient, etcdPeer },
      images: { ...base.images, etcd: imageOf(ETCD) },
    };
    const cluster = new RescueCluster(dir, await createCa("test"), spec);
    const engine = oneAtATime(new DockerEngine());
    for (const name of NAMES) cluster.peers.push(await RescuePeer.prepare(cluster, name, engine));
    await Promise.all(cluster.peers.map((peer) => peer.up()));
    await cluster.serves(NAMES);
    return cluster;
  }

  of(name: string): RescuePeer {
    return this.peers.find((p) => p.name === name)!;
  }

  /** etcd through these members. */
  store(...names: string[]): EtcdStore {
    const { certPem, keyPem } = this.of("peer-1").papers;
    const members = this.spec.peers.filter((p) => names.length === 0 || names.includes(p.name));
    return new EtcdStore({
      members: members.map((p) => ({
        name: p.name,
        url: `https://${p.address}:${this.spec.ports.etcdClient}`,
      })),
      tls: { ca: this.ca.certPem, cert: certPem, key: keyPem },
      callTimeoutMs: 3_000,
    });
  }

  /** All keys of the test, as a member tells them with a majority. */
  async read(name: string): Promise<Record<string, string>> {
    const store = this.store(name);
    const { entries } = await store.range("/test/").finally(() => store.close());
    return Object.fromEntries(entries.map(({ key, value }) => [key.replace("/test/", ""), value]));
  }

  async write(key: string, value: string, ...through: string[]): Promise<void> {
    const store = this.store(...through);
    await store.commit([{ key: `/test/${key}`, value }]).finally(() => store.close());
  }

  /** Until a majority answers through each of them. */
  async serves(names: readonly string[]): Promise<void> {
    await eventually(`${names.join(", ")} serve`, 60_000, async () => {
      await Promise.all(names.map((name) => this.read(name)));
      return true;
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.down()));
    await rm(this.dir, { recursive: true, force: true });
  }
}

export class RescuePeer {
  /** Makes a step of the rescue fail here. */
  readonly engine: { current: Engine };
  private readonly token: TokenInForce;
  private readonly marks = new MaintenanceMarks();
  private readonly spec: ClusterSpec;
  private close: (() => Promise<void>) | undefined;

  private constructor(
    private readonly cluster: RescueCluster,
    readonly name: string,
    readonly papers: CertifiedKey,
    readonly etcd: EtcdProcess,
    engine: Engine,
  ) {
    this.engine = { current: engine };
    this.spec = specFor(cluster, name);
    this.token = new TokenInForce({ config: this.config, onChange: () => undefined });
  }

  static async prepare(cluster: RescueCluster, name: string, engine: Engine): Promise<RescuePeer> {
    const spec = specFor(cluster, name);
    const { address } = spec.peers.find((p) => p.name === name)!;
    const papers = await issuePeerCert(cluster.ca, { name, address, days: 1 });
    await mkdir(spec.dataRoot, { recursive: true });
    const files = { [CA_CERT]: cluster.ca.certPem, [PEER_CERT]: papers.certPem, [PEER_KEY]: papers.keyPem };
    for (const [path, pem] of Object.entries(files))
      await writeFile(here(cluster, name, path), pem, { mode: 0o600 });
    return new RescuePeer(
      cluster,
      name,
      papers,
      new EtcdProcess(join(cluster.dir, "etcd"), flags(cluster, name)),
      engine,
    );
  }

  get config() {
    const { cluster, name, papers } = this;
    const { dataRoot, ports, peers } = this.spec;
    const { address } = peers.find((p) => p.name === name)!;
    const identity = { ...identityOf(dataRoot, name), address, daemonPort: ports.daemon };
    const tls = { ca: cluster.ca.certPem, cert: papers.certPem, key: papers.keyPem };
    return { identity, tls, configDir: dataRoot, runDir: dataRoot };
  }

  get etcdDir(): string {
    return dataDir(this.spec, "etcd");
  }

  get client(): DaemonClient {
    const { identity, tls } = this.config;
    const { address, daemonPort } = identity;
    const connect = () => connectTcp(address, daemonPort);
    return new DaemonClient({ caPem: tls.ca, cert: tls.cert, key: tls.key, servername: this.name, connect });
  }

  /** Its daemon and its etcd run. */
  async up(): Promise<void> {
    const { config, cluster } = this;
    const desk = new RescueDesk({
      ...{ log: cluster.log.log, host: { components: this.etcd }, cluster: () => this },
    });
    const internal = internalRoutes({
      ...{
        tasks: new Map(),
        dataRoot: config.identity.dataRoot,
        cluster: () => undefined,
        admit: async () => undefined,
      },
    });
    const { address, daemonPort } = config.identity;
    await this.etcd.start("etcd");
    this.close ??= await listen({
      routes: [...internal, ...rescueRoutes(desk)],
      leadership: { leads: () => false, address: async () => undefined },
      tokenSha256: () => this.token.sha256,
      redactor: new Redactor(),
      ...{ log: cluster.log.log, tls: config.tls, addresses: [address], port: daemonPort },
    });
  }

  /** The VM is gone. */
  async down(): Promise<void> {
    await this.etcd.kill();
    await this.close?.();
    this.close = undefined;
  }

  /** Its etcd dies, and all of its data with it. */
  async wipe(): Promise<void> {
    await this.etcd.kill();
    await rm(this.etcdDir, { recursive: true, force: true });
  }

  inEtcdDir(): Promise<string[]> {
    return readdir(this.etcdDir);
  }

  taskContext(signal: AbortSignal): TaskContext {
    const { config, spec, marks, token } = this;
    const engine: Engine = {
      run: (o) => this.engine.current.run(o),
      images: async () => [],
      removeImage: async () => false,
    };
    const nobody = (): never => {
      throw new Error("a rescue asks for no secrets, and lets nobody go");
    };
    // No more of a peer's ports is asked for.
    const ports = { engine } as unknown as Ports;
    const certificates = undefined as unknown as TaskContext["certificates"];
    const own = { token, certificates, secrets: nobody, stage: nobody, forget: nobody, leave: nobody };
    return { config, spec, ports, marks, ...own, signal };
  }
}

/** Peers of a cluster have the same directories, but these are on one machine. */
function specFor({ spec, dir }: RescueCluster, name: string): ClusterSpec {
  return { ...spec, dataRoot: join(dir, name) };
}

function here({ dir }: RescueCluster, name: string, path: string): string {
  return join(dir, name, path.split("/").at(-1)!);
}

/** As it is rendered, with the paths of this machine, a small quota, and one address. */
function flags(cluster: RescueCluster, name: string): string[] {
  const spec = specFor(cluster, name);
  const peer = spec.peers.find((p) => p.name === name)!;
  const { command, bootstrap } = etcdService(spec, peer);
  const kept = [...command!.slice(1), ...bootstrap!].filter(
    (flag) => !/^--(listen-metrics-urls|quota-backend-bytes|data-dir)=/.test(flag),
  );
  const local = kept
    .map((flag) => flag.replace(`,https://127.0.0.1:${spec.ports.etcdClient}`, ""))
    .map((flag) =>
      [CA_CERT, PEER_CERT, PEER_KEY].reduce((f, path) => f.replace(path, here(cluster, name, path)), flag),
    );
  return [...local, `--data-dir=${dataDir(spec, "etcd")}`, `--quota-backend-bytes=${QUOTA_BYTES}`];
}

/** An engine cleans up what another left of the same image; the peers here share one. */
function oneAtATime(engine: Engine): Engine {
  const turn = new Serial();
  return {
    run: (o) => turn.run(() => engine.run(o)),
    images: () => engine.images(),
    removeImage: (id) => engine.removeImage(id),
  };
}
