import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import type { FormRequest } from "../../../lib/api/wire";
import { listen } from "../../../lib/daemon/api/listen";
import { internalRoutes } from "../../../lib/daemon/api/routes/internal";
import { OwnCertificates } from "../../../lib/daemon/certificates";
import type { DaemonConfig } from "../../../lib/daemon/config";
import { jobTypes } from "../../../lib/daemon/jobs/types";
import type { JobContext, JobType } from "../../../lib/daemon/jobs/type";
import { keys } from "../../../lib/daemon/keys";
import { Redactor } from "../../../lib/daemon/redact";
import { SecretsFile } from "../../../lib/daemon/secrets";
import type { BackupTarget } from "../../../lib/daemon/backups/target";
import type { BackupPorts } from "../../../lib/daemon/ports/backups";
import type { Ports } from "../../../lib/daemon/steps/step";
import { ClusterRecords } from "../../../lib/daemon/store/cluster-records";
import { PEER_TASKS } from "../../../lib/daemon/tasks/registry";
import { RemoteTasks } from "../../../lib/daemon/tasks/remote";
import type { PeerTask, TaskContext } from "../../../lib/daemon/tasks/task";
import { TermGate } from "../../../lib/daemon/tasks/term-gate";
import { TokenInForce } from "../../../lib/daemon/token";
import { MaintenanceMarks } from "../../../lib/daemon/watchdog/marks";
import { createCa, issueMilvusCert, issuePeerCert, type CertifiedKey } from "../../../lib/pki";
import { etcdPeerUrl } from "../../../lib/render";
import type { ClusterSpec, PeerSpec } from "../../../lib/spec/spec";
import type { MilvusAccess } from "../../../lib/daemon/backups/portable";
import { FolderTarget } from "../../../lib/daemon/backups/folder";
import { freePort } from "../../support/free-port";
import { FakeMilvus } from "./fake-milvus";
import { FakeHost, identityOf, MemoryLog, MemoryMembership, MemoryStore, SECRETS, specOf } from "./support";

const KEYS = keys("c1");
export const OLD_TOKEN = "0".repeat(64);

/**
 * Peers that do tasks for each other over real TLS on addresses of the loopback network, each with directories of its own;
 * etcd is in memory, and Docker is a stand-in.
 */
export class Peers {
  readonly store = new MemoryStore();
  /** Every peer of the spec belongs to etcd; those that join come in the course of a test. */
  readonly membership = new MemoryMembership();
  readonly milvus = new FakeMilvus(SECRETS.milvusRootPassword);
  readonly log = new MemoryLog();
  readonly all: Peer[] = [];
  /** Where a peer finds backups. */
  targetFor: (peer: string, ...asked: Parameters<BackupPorts["target"]>) => BackupTarget = () => this.bucket;
  /** The Milvus that peers make backups of. @default - none */
  milvusAccess: MilvusAccess | undefined;
  /** Where `init` has made the cluster. */
  caKeyPem: string | undefined;
  /** Names of peers that were let go. */
  readonly left: string[] = [];
  /** The next takes the place of any that led before. */
  private leader: { name: string; term: string } | undefined;

  private constructor(
    /** The cluster's object store, as far as backups are concerned. */
    readonly bucket: FolderTarget,
    readonly spec: ClusterSpec,
    /** With those that are yet to join. */
    readonly everyone: readonly PeerSpec[],
    readonly ca: CertifiedKey,
  ) {
    this.membership.known = spec.peers.map((peer, i) => ({
      ...{ id: String(i + 1), name: peer.name, isLearner: false, peerUrls: [etcdPeerUrl(spec, peer)] },
    }));
    this.membership.users = new Set(spec.peers.map(({ name }) => name));
  }

  static async start(dir: string, more: readonly PeerTask[] = [], o: PeersOptions = {}): Promise<Peers> {
    const { members = 3, newcomers = 0 } = o;
    const spec = specOf(dir);
    const [one] = spec.peers;
    const all = Array.from({ length: members + newcomers }, (_, i): PeerSpec => {
      return { ...one!, name: `peer-${i + 1}`, address: `127.0.0.1${i + 1}` };
    });
    const ports = { ...spec.ports, daemon: await freePort() };
    const bucket = new FolderTarget(join(dir, "bucket"));
    const there = { ...spec, peers: all.slice(0, members), ports };
    const cluster = new Peers(bucket, there, all, await createCa("test"));
    for (const peer of all) cluster.all.push(await Peer.prepare(cluster, dir, peer, more));
    await Promise.all(cluster.all.map((peer) => peer.up()));
    return cluster;
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((peer) => peer.down()));
  }

  of(name: string): Peer {
    return this.all.find((p) => p.config.identity.name === name)!;
  }

  /** Makes a peer the leader, in a new term. */
  elect(name: string): Peer {
    this.store.kv.delete(KEYS.leader);
    this.leader = { name, term: this.store.put(KEYS.leader, name) };
    return this.of(name);
  }

  termOf(name: string): string | undefined {
    return this.leader?.name === name ? this.leader.term : undefined;
  }
}

interface PeersOptions {
  /** Peers that the spec in force has. @default 3 */
  readonly members?: number;
  /** Peers that are ready to join. @default 0 */
  readonly newcomers?: number;
}

export class Peer {
  readonly host: FakeHost;
  readonly secrets: SecretsFile;
  /** What a newcomer was handed. */
  admitted: FormRequest | undefined;
  readonly marks = new MaintenanceMarks();
  readonly certificates: OwnCertificates;
  gate = new TermGate();
  token: TokenInForce;
  records: ClusterRecords;
  tasks: RemoteTasks;
  private close: (() => Promise<void>) | undefined;

  private constructor(
    private readonly cluster: Peers,
    readonly config: DaemonConfig,
    private readonly known: ReadonlyMap<string, PeerTask>,
  ) {
    this.host = new FakeHost(config.configDir);
    this.certificates = this.newCertificates();
    this.secrets = new SecretsFile(config.configDir);
    this.token = this.newToken();
    this.records = this.newRecords();
    this.tasks = this.newTasks();
  }

  static async prepare(
    cluster: Peers,
    dir: string,
    { name, address }: PeerSpec,
    more: readonly PeerTask[],
  ): Promise<Peer> {
    const names = { name, address, days: 1 };
    const { certPem: cert, keyPem: key } = await issuePeerCert(cluster.ca, names);
    const milvus = await issueMilvusCert(cluster.ca, names);
    const dataRoot = join(dir, name, "data");
    const configDir = join(dir, name, "etc");
    const runDir = join(dir, name, "run");
    const identity = { ...identityOf(dataRoot, name), address, daemonPort: cluster.spec.ports.daemon };
    await Promise.all([mkdir(dataRoot, { recursive: true }), mkdir(configDir, { recursive: true })]);
    await writeFile(join(configDir, "identity.json"), JSON.stringify(identity), { mode: 0o600 });
    for (const dir of ["tls", "milvus-tls"]) await mkdir(join(configDir, dir));
    await writeFile(join(configDir, "tls", "peer.crt"), cert);
    await writeFile(join(configDir, "milvus-tls", "milvus.crt"), milvus.certPem);
    await writeFile(join(configDir, "milvus-tls", "milvus.key"), milvus.keyPem, { mode: 0o600 });
    await new SecretsFile(configDir).save({ cluster: SECRETS, caKeyPem: cluster.caKeyPem });
    const known = new Map([...PEER_TASKS, ...more.map((task) => [task.name, task] as const)]);
    return new Peer(
      cluster,
      { identity, tls: { ca: cluster.ca.certPem, cert, key }, configDir, runDir },
      known,
    );
  }

  get name(): string {
    return this.config.identity.name;
  }

  get ports(): Ports {
    const { store, spec, milvus, membership } = this.cluster;
    const term = (): string | undefined => this.cluster.termOf(this.name);
    const own = this.host.ports(spec, this.name);
    const backups: BackupPorts = {
      ...own.backups,
      target: (...asked) => this.cluster.targetFor(this.name, ...asked),
      imports: () => undefined,
      milvus: (...asked) => this.cluster.milvusAccess ?? own.backups.milvus(...asked),
    };
    return { ...own, backups, store, milvus, membership, term };
  }

  /** The daemon runs; what it knew before is gone, but for its files. */
  async up(): Promise<void> {
    if (this.close) return;
    this.gate = new TermGate();
    const text = await readFile(join(this.config.configDir, "identity.json"), "utf8");
    Object.assign(this.config, { identity: JSON.parse(text) as DaemonConfig["identity"] });
    this.token = this.newToken();
    this.records = this.newRecords();
    this.tasks = this.newTasks();
    this.token.follow(this.records);
    this.records.start();
    const { tls, identity } = this.config;
    const stop = await listen({
      routes: internalRoutes({
        tasks: this.known,
        dataRoot: identity.dataRoot,
        cluster: () => (this.belongs ? this : undefined),
        admit: async (request) => {
          this.admitted = request;
        },
      }),
      leadership: { leads: () => false, address: async () => undefined },
      tokenSha256: () => this.token.sha256,
      redactor: new Redactor(),
      log: this.cluster.log.log,
      tls,
      addresses: [identity.address],
      port: identity.daemonPort,
      onRenewed: (renew) => this.certificates.onRenewed(renew),
    });
    this.close = async () => {
      await Promise.all([stop(), this.records.stop()]);
    };
  }

  private get belongs(): boolean {
    return this.admitted !== undefined || this.cluster.spec.peers.some(({ name }) => name === this.name);
  }

  /** The VM starts anew, and Docker with it the containers that somebody has stopped. */
  async reboot(): Promise<void> {
    await this.down();
    await rm(this.config.runDir, { recursive: true, force: true });
    this.host.containers = this.host.containers.map((c) => ({ ...c, health: "healthy" }));
    await this.up();
  }

  async down(): Promise<void> {
    await this.close?.();
    this.close = undefined;
  }

  taskContext(signal: AbortSignal): TaskContext {
    const { config, ports, marks, token, certificates } = this;
    const leave = (): void => void this.cluster.left.push(this.name);
    const spec = this.admitted?.spec ?? this.cluster.spec;
    return { config, spec, ports, marks, token, certificates, leave, signal, ...this.keeps };
  }

  private get keeps(): Pick<TaskContext, "secrets" | "stage" | "forget"> {
    const { secrets } = this;
    return {
      secrets: (spec) => secrets.of(spec),
      stage: (given) => secrets.stage(given),
      forget: (of) => secrets.forget(of),
    };
  }

  private newCertificates(): OwnCertificates {
    const { containers, components } = this.host.ports(this.cluster.spec, this.name);
    const onChange = (s: string): void => this.cluster.log.log.info(s);
    return new OwnCertificates({ config: this.config, containers, components, onChange });
  }

  private newToken(): TokenInForce {
    return new TokenInForce({ config: this.config, onChange: (s) => this.cluster.log.log.info(s) });
  }

  private newRecords(): ClusterRecords {
    const { store, log } = this.cluster;
    const term = (): string | undefined => this.cluster.termOf(this.name);
    return new ClusterRecords({ store, keys: KEYS, term, log: log.log, pulseMs: 20 });
  }

  private newTasks(): RemoteTasks {
    const { identity, tls } = this.config;
    const term = (): string | undefined => this.cluster.termOf(this.name);
    const context = (signal: AbortSignal): TaskContext => this.taskContext(signal);
    return new RemoteTasks({ identity, tls, spec: () => this.cluster.spec, gate: this.gate, term, context });
  }
}

/** One job as its leaders see it: what they have told, and its result over all of them. */
export class TestJob<P> {
  readonly lines: string[] = [];
  result: Record<string, unknown> = {};
  readonly done = new Set<string>();
  /** Told of each safe point that is passed. */
  onSafePoint: () => void = () => undefined;
  /** Another peer leads from then on. */
  onHandOver: () => void = () => undefined;
  private readonly params: P;

  constructor(
    private readonly cluster: Peers,
    private readonly type: JobType<P>,
    params: z.input<JobType<P>["params"]>,
    readonly id = "0mijk2x9a-4f8q1z",
  ) {
    jobTypes([type as unknown as JobType]);
    this.params = type.params.parse(params);
  }

  /** A leader works on it, from the first step that is not done, to its end or up to a step. */
  async run(
    leader: Peer,
    o: { until?: string; signal?: AbortSignal } = {},
  ): Promise<Record<string, unknown>> {
    const ctx = this.context(leader, o.signal);
    for (const step of this.type.steps(this.params, this.cluster.spec)) {
      if (this.done.has(step.name)) continue;
      if (!(await step.isDone(ctx))) await step.run(ctx);
      this.done.add(step.name);
      if (step.name === o.until) break;
    }
    return this.result;
  }

  context(leader: Peer, signal = new AbortController().signal): JobContext<P> {
    const current = (): Record<string, unknown> => this.result;
    return {
      ...{ jobId: this.id, params: this.params, spec: this.cluster.spec, identity: leader.config.identity },
      ...{
        secrets: { cluster: SECRETS, caKeyPem: this.cluster.caKeyPem },
        secretsOf: (spec) => leader.secrets.of(spec),
        ports: leader.ports,
        records: leader.records,
        tasks: leader.tasks,
        signal,
        handOver: async () => this.onHandOver(),
      },
      get result() {
        return current();
      },
      log: (text, level = "info") => void this.lines.push(`${level}: ${text}`),
      detail: () => undefined,
      progress: () => undefined,
      setResult: async (members) => {
        this.result = { ...this.result, ...(JSON.parse(JSON.stringify(members)) as object) };
      },
      safePoint: () => this.onSafePoint(),
    };
  }
}
