import { join } from "node:path";
import { version } from "../../package.json";
import type { StagedSecrets, StorageCapacity } from "../api/wire";
import { canonicalJson } from "../spec/canonical";
import { pulsarFailover, pulsarHost } from "../spec/queue";
import type { ClusterSpec } from "../spec/spec";
import { backupTarget, importPlace } from "./backups/place";
import type { BackupTarget } from "./backups/target";
import { DockerCompose } from "./compose";
import type { DaemonConfig } from "./config";
import { DockerContainers } from "./docker";
import { DockerComponents } from "./docker-components";
import { DockerEngine } from "./docker-engine";
import { Election } from "./election";
import { Conflict } from "./errors";
import { EtcdStore } from "./etcd";
import { etcdClients } from "./etcd-clients";
import { Healer } from "./heal";
import { HttpClient } from "./http";
import { DockerJobContainers } from "./job-containers";
import { JobEngine } from "./jobs/engine";
import { JOB_TYPES } from "./jobs/types";
import { keys } from "./keys";
import type { Log } from "./log";
import { DockerLogs, type ComponentLogs } from "./logs";
import type { ClusterSources } from "./metrics/collect";
import { MilvusSdk, openMilvus } from "./milvus";
import { minioAdmin } from "./minio";
import type { MinioAdmin, MinioNode } from "./minio/admin";
import { totalCapacity } from "./minio/capacity";
import { hasMinio, nearestFirst } from "./minio/pool";
import type { Components } from "./ports/components";
import type { Redactor } from "./redact";
import { RenderedOnDisk } from "./rendered";
import type { PeerSecrets, StoredSecrets } from "./secrets";
import type { Ports } from "./steps/step";
import { ClusterRecords } from "./store/cluster-records";
import type { Snapshot, StopRecord } from "./store/records";
import { catchUpWithPulsar } from "./tasks/catch-up";
import { RemoteTasks } from "./tasks/remote";
import type { PeerTasks, TaskContext } from "./tasks/task";
import { TermGate } from "./tasks/term-gate";
import { messageOf, until } from "./wait";
import { MaintenanceMarks } from "./watchdog/marks";
import type { PulsarPast } from "./watchdog/pulsar-watch";
import type { PulsarCircumstances } from "./watchdog/pulsar-watches";
import { Supervision } from "./watchdog/supervision";

/** What exists outside of any cluster too. */
export type HostPorts = Pick<
  Ports,
  "containers" | "compose" | "engine" | "jobContainers" | "http" | "milvus" | "backups" | "files"
> & {
  readonly logs: ComponentLogs;
  /** What the watchdog sees and does. */
  readonly components: Components;
};

export function hostPorts({ identity, tls, configDir }: DaemonConfig): HostPorts {
  const renderDir = join(configDir, "rendered");
  return {
    containers: new DockerContainers(),
    compose: new DockerCompose(renderDir),
    engine: new DockerEngine(),
    jobContainers: new DockerJobContainers(),
    http: new HttpClient(tls),
    milvus: new MilvusSdk(),
    backups: {
      target: (spec, secrets, o) => backupTarget(spec, secrets, { ...o, caPem: tls.ca }),
      imports: (spec, secrets) => importPlace(spec, secrets, { caPem: tls.ca }),
      milvus: (address, password) => ({ open: () => openMilvus(address, password) }),
      tls: () => tls,
    },
    logs: new DockerLogs(),
    components: new DockerComponents(),
    files: new RenderedOnDisk(identity.name, renderDir, identity.dataRoot),
  };
}

export interface RuntimeSecrets {
  readonly of: (spec: ClusterSpec) => Promise<PeerSecrets>;
  readonly load: () => Promise<StoredSecrets | undefined>;
  readonly stage: (given: StagedSecrets) => Promise<void>;
  readonly forget: (of: string) => Promise<void>;
}

/** Everything that lives as long as this peer belongs to one cluster: connections, candidacy, healing. */
export class Runtime {
  readonly ports: Ports;
  readonly election: Election;
  readonly records: ClusterRecords;
  /** What this peer does for jobs is known to its watchdog. */
  readonly marks = new MaintenanceMarks();
  readonly tasks: PeerTasks;
  readonly gate = new TermGate();
  private readonly closing = new AbortController();
  private readonly store: EtcdStore;
  /** Renewals of the certificate are told no more. */
  private readonly unfollow: () => void;
  private healer: Healer | undefined;
  private supervision: Supervision | undefined;
  private engine: JobEngine | undefined;
  private readonly pulsarPast: PulsarPast = {};
  /** What watches the other peers is made anew when there are others; nothing does until it was started. */
  private restartSupervision = async (): Promise<void> => undefined;

  constructor(
    private readonly config: DaemonConfig,
    private readonly host: HostPorts,
    private spec: ClusterSpec,
    private readonly log: Log,
    private readonly own: Pick<TaskContext, "token" | "certificates">,
    private readonly secrets: RuntimeSecrets,
    private readonly dismissed: () => void,
  ) {
    const { identity, tls } = config;
    const members = etcdClients(spec, identity.name);
    this.store = new EtcdStore({ members, tls });
    this.unfollow = own.certificates.onRenewed(() => this.store.reconnect());
    this.election = new Election({
      store: this.store,
      key: keys(identity.clusterId).leader,
      candidate: identity.name,
      ttlSeconds: spec.control.leaderTtlSeconds,
      onChange: (sentence) => log.info(sentence),
    });
    const term = (): string | undefined => this.election.term();
    this.ports = { ...host, store: this.store, membership: this.store, term };
    this.records = new ClusterRecords({ store: this.store, keys: keys(identity.clusterId), term, log });
    const context = (signal: AbortSignal): TaskContext => this.taskContext(signal);
    this.tasks = new RemoteTasks({ identity, tls, spec: () => this.spec, gate: this.gate, term, context });
    this.records.onChange(({ leader }) => this.gate.saw(leader?.term));
    own.token.follow(this.records);
    this.records.start();
  }

  /** Takes part in the election: one that is about to join only follows. */
  campaign(): void {
    this.election.start();
    void this.announce();
  }

  /** Once the pools are whole for the first time; drives that come up during forming need no healing. */
  startHealing({ cluster, next }: StoredSecrets): void {
    const { spec } = this;
    if (this.healer || !hasMinio(spec)) return;
    const admin = minioAdmin(this.ports.http, spec, cluster, next && [next.cluster]);
    const nearest = nearestFirst(spec, this.config.identity.name);
    this.healer = new Healer({
      nodes: async () => {
        if (this.stopped) throw new Error("the cluster is stopped");
        return askOneOf(nearest, admin);
      },
      heal: (signal) => admin.heal(nearest[0]!, signal),
      isLeader: () => this.election.term() !== undefined,
      log: this.log,
    });
    this.healer.start();
  }

  /** Goes by another spec. */
  async adopt(spec: ClusterSpec): Promise<void> {
    const before = this.spec;
    this.spec = spec;
    if (canonicalJson(lookedAt(before)) === canonicalJson(lookedAt(spec))) return;
    this.store.setMembers(etcdClients(spec, this.config.identity.name));
    await Promise.all([this.restartSupervision(), this.restartHealing()]);
  }

  /** Once the cluster is formed: whoever leads works on its jobs. */
  startJobs(redactor: Redactor): void {
    const { log, spec, records, ports, tasks, secrets } = this;
    const { identity } = this.config;
    const secretsOf = secrets.of;
    this.engine ??= new JobEngine({
      peer: identity.name,
      keys: keys(identity.clusterId),
      term: ports.term,
      types: JOB_TYPES,
      environment: async (inForce) => ({
        ...{ identity, secrets: await secretsOf(inForce), secretsOf, ports, tasks },
        handOver: () => this.election.stepDown(),
      }),
      ...{ records, spec, redactor, log },
    });
    this.engine.start();
  }

  /** Throws Conflict until the cluster is formed. */
  get jobs(): JobEngine {
    if (!this.engine) throw new Conflict("this peer is in no formed cluster yet");
    return this.engine;
  }

  /** Once this peer is a member: containers that come up during forming are forming's. */
  startSupervision(redactor: Redactor, webhookUrl: string | undefined): void {
    if (this.supervision) return;
    const { config, host, spec, marks, log } = this;
    this.restartSupervision = async () => {
      await this.supervision?.stop();
      this.supervision = undefined;
      this.startSupervision(redactor, webhookUrl);
    };
    this.supervision = new Supervision({
      ...{ config, spec, marks, log, redactor, components: host.components, http: host.http },
      store: this.store,
      control: () => this.records.cached?.spec?.value.spec.control ?? spec.control,
      leads: () => this.election.term() !== undefined,
      leader: () => this.leader()?.peer,
      backups: {
        backups: () => (this.stopped ? undefined : this.records.cached?.spec?.value.spec.backups),
        jobs: () => [...(this.records.cached?.jobs.values() ?? [])].map(({ value }) => value),
        submit: (request) => this.jobs.submit(request),
      },
      stopped: () => this.stopped,
      pulsar: this.pulsarCircumstances(),
    });
    this.supervision.start(webhookUrl);
  }

  private pulsarCircumstances(): PulsarCircumstances {
    const { records, pulsarPast: past } = this;
    return {
      past,
      key: keys(this.config.identity.clusterId).pulsar,
      known: () => (records.trouble ? undefined : records.cached),
      read: () => records.read(),
      catchUp: (spec) => catchUpWithPulsar(spec, this.taskContext(this.closing.signal)),
    };
  }

  async restartHealing(): Promise<void> {
    const stored = await this.secrets.load();
    if (!this.healer || !stored) return;
    await this.healer.stop();
    this.healer = undefined;
    this.startHealing(stored);
  }

  /** Where this cluster's backups lie. */
  async backups(): Promise<BackupTarget> {
    return this.ports.backups.target(this.spec, (await this.secrets.of(this.spec)).cluster);
  }

  /** Drives of this peer as MinIO itself counted them some seconds ago. */
  ownDrives(): MinioNode | undefined {
    return this.healer?.lastNodes.find((n) => n.peer === this.config.identity.name);
  }

  /** Of all drives, as MinIO itself told some seconds ago. */
  capacity(): StorageCapacity | undefined {
    const nodes = this.healer?.lastNodes ?? [];
    return nodes.length > 0 ? totalCapacity(nodes) : undefined;
  }

  /** What the metrics tell of the cluster. */
  metricSources(): ClusterSources {
    return {
      spec: this.spec,
      store: this.store,
      probeKey: keys(this.config.identity.clusterId).leader,
      leads: this.election.term() !== undefined,
      leader: this.leader(),
      snapshot: this.records.cached,
      drives: this.healer?.lastNodes ?? [],
      watchdog: this.supervision?.facts,
    };
  }

  /** What a task of this peer works with. */
  taskContext(signal: AbortSignal): TaskContext {
    const { config, spec, ports, marks, own, dismissed: leave } = this;
    const { of: secrets, stage, forget } = this.secrets;
    return { config, spec, ports, marks, ...own, secrets, stage, forget, leave, signal };
  }

  /** Who leads, as far as this peer knows: without etcd it does not. */
  leader(): Snapshot["leader"] {
    return this.records.trouble ? undefined : this.records.cached?.leader;
  }

  /** That somebody has stopped the cluster, as far as this peer knows. */
  get stopped(): StopRecord | undefined {
    return this.records.cached?.stopped?.value;
  }

  /** Hands leadership over, if this peer has it; it goes on as a follower. */
  async stepDown(): Promise<void> {
    await this.election.stepDown();
  }

  /** Resigns, and closes every connection. */
  async close(): Promise<void> {
    this.closing.abort();
    this.unfollow();
    const supervised = this.supervision?.stop();
    // Its jobs first: a successor must not begin what is still under way here.
    await this.engine?.stop();
    await Promise.all([this.election.stop(), this.records.stop(), this.healer?.stop(), supervised]);
    this.store.close();
  }

  /** Tells the others which daemon runs here, as soon as etcd takes it. */
  private async announce(): Promise<void> {
    const { name, address } = this.config.identity;
    const own = { name, address, daemonVersion: version, startedAt: new Date().toISOString() };
    const written = (): Promise<undefined> => this.records.announce(own).then(() => undefined);
    const wait = { what: "etcd", deadlineMs: Infinity, everyMs: 2_000, signal: this.closing.signal };
    await until(written, wait).catch(() => undefined);
  }
}

async function askOneOf(peers: readonly string[], admin: MinioAdmin): Promise<MinioNode[]> {
  const problems: string[] = [];
  for (const via of peers) {
    try {
      return await admin.nodes(via);
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  throw new Error(problems.join("; "));
}

/** Who is asked for what by those that watch. */
function lookedAt(spec: ClusterSpec): unknown[] {
  const { peers, ports, storage, secrets } = spec;
  return [peers, ports, storage, secrets ?? null, pulsarHost(spec) ?? null, pulsarFailover(spec) ?? null];
}
