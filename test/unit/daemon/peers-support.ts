import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { listen } from "../../../lib/daemon/api/listen";
import { internalRoutes } from "../../../lib/daemon/api/routes/internal";
import type { DaemonConfig } from "../../../lib/daemon/config";
import { jobTypes } from "../../../lib/daemon/jobs/types";
import type { JobContext, JobType } from "../../../lib/daemon/jobs/type";
import { keys } from "../../../lib/daemon/keys";
import { Redactor } from "../../../lib/daemon/redact";
import type { StoredSecrets } from "../../../lib/daemon/secrets";
import type { Ports } from "../../../lib/daemon/steps/step";
import { ClusterRecords } from "../../../lib/daemon/store/cluster-records";
import { NotLeader } from "../../../lib/daemon/store/records";
import { PEER_TASKS } from "../../../lib/daemon/tasks/registry";
import { RemoteTasks } from "../../../lib/daemon/tasks/remote";
import type { PeerTask, TaskContext } from "../../../lib/daemon/tasks/task";
import { TermGate } from "../../../lib/daemon/tasks/term-gate";
import { TokenInForce } from "../../../lib/daemon/token";
import { MaintenanceMarks } from "../../../lib/daemon/watchdog/marks";
import { createCa, issuePeerCert, type CertifiedKey } from "../../../lib/pki";
import type { ClusterSpec } from "../../../lib/spec/spec";
import { freePort } from "../../support/free-port";
import { FakeMilvus } from "./fake-milvus";
import { FakeHost, identityOf, MemoryLog, MemoryStore, SECRETS, specOf } from "./support";

const KEYS = keys("c1");
export const OLD_TOKEN = "0".repeat(64);

/**
 * Three peers that do tasks for each other over real TLS on addresses of the loopback network, each with directories of its own;
 * etcd is in memory, and Docker is a stand-in.
 */
export class Peers {
  readonly store = new MemoryStore();
  readonly milvus = new FakeMilvus(SECRETS.milvusRootPassword);
  readonly log = new MemoryLog();
  readonly all: Peer[] = [];
  /** Names of peers that were let go. */
  readonly left: string[] = [];
  /** The next takes the place of any that led before. */
  private leader: { name: string; term: string } | undefined;

  private constructor(
    readonly spec: ClusterSpec,
    readonly ca: CertifiedKey,
  ) {}

  static async start(dir: string, more: readonly PeerTask[] = []): Promise<Peers> {
    const port = await freePort();
    const spec = specOf(dir);
    const peers = spec.peers.map((p, i) => ({ ...p, address: `127.0.0.1${i + 1}` }));
    const cluster = new Peers(
      { ...spec, peers, ports: { ...spec.ports, daemon: port } },
      await createCa("test"),
    );
    for (const { name } of peers) cluster.all.push(await Peer.prepare(cluster, dir, name, more));
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

export class Peer {
  readonly host: FakeHost;
  readonly marks = new MaintenanceMarks();
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
    this.token = this.newToken();
    this.records = this.newRecords();
    this.tasks = this.newTasks();
  }

  static async prepare(cluster: Peers, dir: string, name: string, more: readonly PeerTask[]): Promise<Peer> {
    const { address } = cluster.spec.peers.find((p) => p.name === name)!;
    const { certPem: cert, keyPem: key } = await issuePeerCert(cluster.ca, { name, address, days: 1 });
    const dataRoot = join(dir, name, "data");
    const configDir = join(dir, name, "etc");
    const identity = { ...identityOf(dataRoot, name), address, daemonPort: cluster.spec.ports.daemon };
    await Promise.all([mkdir(dataRoot, { recursive: true }), mkdir(configDir, { recursive: true })]);
    await writeFile(join(configDir, "identity.json"), JSON.stringify(identity), { mode: 0o600 });
    const known = new Map([...PEER_TASKS, ...more.map((task) => [task.name, task] as const)]);
    return new Peer(cluster, { identity, tls: { ca: cluster.ca.certPem, cert, key }, configDir }, known);
  }

  get name(): string {
    return this.config.identity.name;
  }

  get ports(): Ports {
    const { store, spec, milvus } = this.cluster;
    return { ...this.host.ports(spec, this.name), store, milvus, term: () => this.cluster.termOf(this.name) };
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
        cluster: () => this,
        admit: async () => undefined,
      }),
      leadership: { leads: () => false, address: async () => undefined },
      tokenSha256: () => this.token.sha256,
      redactor: new Redactor(),
      log: this.cluster.log.log,
      tls,
      addresses: [identity.address],
      port: identity.daemonPort,
    });
    this.close = async () => {
      await Promise.all([stop(), this.records.stop()]);
    };
  }

  async down(): Promise<void> {
    await this.close?.();
    this.close = undefined;
  }

  taskContext(signal: AbortSignal): TaskContext {
    const { config, ports, marks, token } = this;
    const secrets = async (): Promise<StoredSecrets> => ({ cluster: SECRETS });
    const leave = (): void => void this.cluster.left.push(this.name);
    return { config, spec: this.cluster.spec, ports, marks, token, secrets, leave, signal };
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
        secrets: { cluster: SECRETS },
        ports: leader.ports,
        records: leader.records,
        tasks: leader.tasks,
        signal,
        handOver: () => Promise.reject(new NotLeader("this leader has handed over")),
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
