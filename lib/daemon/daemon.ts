import type { FormProgress, FormRequest, StagedSecrets, TeardownRequest } from "../api/wire";
import { version } from "../../package.json";
import { secretsId } from "../spec/secrets";
import type { ClusterSpec } from "../spec/spec";
import type { Leadership } from "./api/leadership";
import type { Route } from "./api/route";
import { backupRoutes } from "./api/routes/backups";
import { certificateRoutes } from "./api/routes/certificates";
import { clusterRoutes } from "./api/routes/cluster";
import { internalRoutes } from "./api/routes/internal";
import { metricsRoutes } from "./api/routes/metrics";
import { jobRoutes } from "./api/routes/jobs";
import { joinRoutes } from "./api/routes/join";
import { peerRoutes, type PeerActions } from "./api/routes/peer";
import { rescueRoutes } from "./api/routes/rescue";
import { Belonging } from "./belonging";
import { OwnCertificates } from "./certificates";
import type { DaemonConfig } from "./config";
import { Conflict } from "./errors";
import { Former } from "./former";
import { JoinDesk } from "./gather/join-desk";
import { JOB_TYPES } from "./jobs/types";
import type { Log } from "./log";
import type { Redactor } from "./redact";
import { hasPlace, refuseOtherPlace } from "./own-place";
import { peerClient } from "./peers";
import { RescueDesk } from "./rescue/desk";
import { Runtime, type HostPorts, type RuntimeSecrets } from "./runtime";
import { SecretsFile, type StoredSecrets } from "./secrets";
import { Serial } from "./serial";
import { StateStore } from "./state";
import { EXECUTORS } from "./steps";
import { PEER_TASKS } from "./tasks/registry";
import { teardown } from "./teardown";
import type { Snapshot } from "./store/records";
import { View } from "./view";
import { TokenInForce } from "./token";
import { messageOf } from "./wait";

/** For another daemon to say what it goes by. */
const ASK_MS = 3_000;

export interface DaemonOptions {
  readonly config: DaemonConfig;
  readonly host: HostPorts;
  readonly redactor: Redactor;
  readonly log: Log;
}

/** One peer's part of the control plane. */
export class Daemon implements PeerActions {
  private readonly former: Former;
  /** Forming and tearing down change the same things. */
  private readonly changes = new Serial();
  /** Specs are taken over in the order in which they came. */
  private readonly adoptions = new Serial();
  private runtime: Runtime | undefined;
  private belonging: Belonging | undefined;
  private readonly view: View;
  private readonly desk: JoinDesk;
  /** Which bearer token the API accepts. */
  readonly token: TokenInForce;
  readonly certificates: OwnCertificates;

  private constructor(
    private readonly o: DaemonOptions,
    private readonly state: StateStore,
    private readonly secrets: SecretsFile,
  ) {
    const { config, redactor, log } = o;
    const { containers, components } = o.host;
    const onChange = (sentence: string): void => log.info(sentence);
    this.token = new TokenInForce({ config, onChange });
    this.certificates = new OwnCertificates({ config, containers, components, onChange });
    this.former = new Former({
      identity: config.identity,
      state,
      secrets,
      ports: (spec) => {
        const runtime = this.join(spec);
        runtime.campaign();
        return runtime.ports;
      },
      backups: o.host.backups,
      executors: EXECUTORS,
      redactor,
      log,
      onFormed: () => void this.startWork(),
    });
    this.view = new View({
      ...{ ...o, certificates: this.certificates },
      state: () => this.state.current,
      forming: () => this.former.progress().state,
      runtime: () => this.runtime,
      waitingFor: () => this.desk.waitingFor(),
    });
    const self = {
      health: async () => this.view.health(),
      form: (request: FormRequest) => this.form(request),
      formProgress: async () => this.formProgress(),
    };
    this.desk = new JoinDesk({ ...o, secrets, self, state: () => this.state.current });
  }

  /** Goes on where the daemon was when it stopped. */
  static async open(o: DaemonOptions): Promise<Daemon> {
    const { identity, configDir } = o.config;
    const daemon = new Daemon(o, await StateStore.open(identity.dataRoot), new SecretsFile(configDir));
    await daemon.forgetOtherPlace();
    const { state, spec, admitted } = daemon.state.current;
    o.log.info({ peer: identity.name, state, version }, "daemon starts");
    await daemon.former.resume();
    if (state === "member" && spec) {
      await daemon.secrets.settle(spec);
      await daemon.token.learn(daemon.join(spec).records);
      daemon.runtime?.campaign();
      await daemon.startWork();
    }
    if (admitted) daemon.watchBelonging();
    await daemon.desk.open();
    return daemon;
  }

  /** The data directory of a VM that was prepared anew may still tell of another peer that it was. */
  private async forgetOtherPlace(): Promise<void> {
    const { state, spec = this.state.current.admitted } = this.state.current;
    if (!["member", "unjoined"].includes(state) || !spec || hasPlace(spec, this.o.config.identity)) return;
    this.o.log.warn("this VM was another peer once: it begins anew");
    await this.state.change({ state: "unjoined" });
  }

  routes(): Route[] {
    const { dataRoot } = this.o.config.identity;
    const internal = internalRoutes({
      ...{ tasks: PEER_TASKS, dataRoot, cluster: () => this.runtime },
      admit: (request) => this.admit(request),
    });
    const metrics = metricsRoutes({
      ...{ config: this.o.config, certificates: this.certificates },
      status: () => this.view.status(false),
      cluster: () => this.runtime?.metricSources(),
    });
    return [
      ...clusterRoutes(this.view),
      ...metrics,
      ...peerRoutes(this),
      ...certificateRoutes(this.certificates),
      ...joinRoutes(this.desk),
      ...jobRoutes({ types: JOB_TYPES, cluster: () => this.member() }),
      ...backupRoutes(async () => this.member().backups()),
      ...internal,
      ...rescueRoutes(new RescueDesk({ ...this.o, cluster: () => this.runtime })),
    ];
  }

  get leadership(): Leadership {
    return this.view.leadership;
  }

  form(request: FormRequest): Promise<FormProgress> {
    return this.changes.run(() => this.former.form(request));
  }

  formProgress(): FormProgress {
    return this.former.progress();
  }

  /** Gets ready to join: the leader has this peer do its part, and it is a member once the spec in force names it. */
  admit(request: FormRequest): Promise<void> {
    return this.changes.run(async () => {
      const { identity } = this.o.config;
      const { state } = this.state.current;
      if (state === "member") return;
      if (state === "forming")
        throw new Conflict("this peer is forming a cluster: tear it down before it joins another");
      refuseOtherPlace(request.spec, identity);
      const { spec, secrets: cluster, ...others } = request;
      const stored: StoredSecrets = { of: secretsId(spec), cluster, ...others };
      this.o.redactor.learnCluster(cluster, stored.registryAuth?.password);
      this.o.redactor.learn(stored.alertWebhookUrl, stored.caKeyPem);
      await this.state.change({ state: "unjoined", admitted: spec });
      await this.secrets.save(stored);
      await this.leave();
      this.join(spec);
      this.watchBelonging();
    });
  }

  /** Keeps secrets that a change is to put in force; what is done as MinIO's root goes on whichever of them counts. */
  async stage(given: StagedSecrets): Promise<void> {
    const runtime = this.member();
    this.o.redactor.learnCluster(given.cluster);
    await this.secrets.stage(given);
    await runtime.restartHealing();
  }

  async teardown(request: TeardownRequest): Promise<void> {
    const { compose, files } = this.o.host;
    const { former, state, secrets } = this;
    // Before its turn: a gatherer that has this peer form the cluster waits for that same turn.
    await this.desk.close();
    return this.changes.run(async () => {
      await teardown({ former, state, secrets, compose, files, leave: () => this.leave() }, request);
      this.o.log.info({ deleteData: request.deleteData }, "torn down");
    });
  }

  /** Resigns; containers go on. */
  async close(): Promise<void> {
    await Promise.all([this.desk.stop(), this.former.stop()]);
    await this.leave();
  }

  private join(spec: ClusterSpec): Runtime {
    if (this.runtime) return this.runtime;
    const { config, host, log } = this.o;
    const secrets: RuntimeSecrets = {
      of: (wanted) => this.secrets.of(wanted),
      forget: (of) => this.secrets.forget(of),
      load: () => this.secrets.load(),
      stage: (given) => this.stage(given),
    };
    const own = { token: this.token, certificates: this.certificates };
    this.runtime = new Runtime(config, host, spec, log, own, secrets, () => this.dismissed());
    this.runtime.records.onChange((snapshot) => void this.adoptions.run(() => this.adopt(snapshot)));
    return this.runtime;
  }

  /** It belongs to the cluster no more. What asked it is answered first, for that came over what is closed now. */
  private dismissed(): void {
    const work = async (): Promise<void> => {
      const { compose, files } = this.o.host;
      const { state, admitted } = this.state.current;
      if (state === "member") await this.state.change({ state: "removed" });
      if (admitted) await this.state.change({ state: "unjoined" });
      await this.leave();
      await compose.down();
      await files.removeRendered();
      this.o.log.info("this peer belongs to the cluster no more; its data is kept");
    };
    setImmediate(() => {
      this.changes.run(work).catch((error: unknown) => this.o.log.error(`leaving: ${messageOf(error)}`));
    });
  }

  /** Goes by what the cluster has agreed on, from the moment that this peer hears of it. */
  private async adopt({ spec: found }: Snapshot): Promise<void> {
    const { state, specDigest } = this.state.current;
    if (state === "forming" || !found || found.value.digest === specDigest) return;
    const { spec, digest, generation } = found.value;
    if (!hasPlace(spec, this.o.config.identity)) return;
    try {
      await this.state.change({ state: "member", spec, specDigest: digest, generation });
      await this.secrets.settle(spec);
      await this.runtime?.adopt(spec);
      this.o.log.info({ generation }, `generation ${generation} of the cluster's spec is in force`);
      if (state === "member") return;
      this.runtime?.campaign();
      await this.startWork();
    } catch (error) {
      this.o.log.error(`generation ${generation} of the spec was not taken over: ${messageOf(error)}`);
    }
  }

  private async leave(): Promise<void> {
    await this.belonging?.stop();
    this.belonging = undefined;
    await this.runtime?.close();
    this.runtime = undefined;
  }

  private member(): Runtime {
    if (!this.runtime) throw new Conflict("this peer is in no cluster yet");
    return this.runtime;
  }

  private async startWork(): Promise<void> {
    this.runtime?.startJobs(this.o.redactor);
    const stored = await this.secrets.load().catch(() => undefined);
    if (stored) this.runtime?.startHealing(stored);
    this.runtime?.startSupervision(this.o.redactor, stored?.alertWebhookUrl);
    this.watchBelonging();
  }

  private watchBelonging(): void {
    this.belonging ??= this.newBelonging();
    this.belonging.start();
  }

  private newBelonging(): Belonging {
    const { identity, tls } = this.o.config;
    return new Belonging({
      identity,
      own: () => {
        const { spec, generation, admitted } = this.state.current;
        if (spec && generation) return { spec, generation };
        return admitted && { spec: admitted, generation: 0 };
      },
      // Not from a cache, which may be behind: a join is written down just before its peer is admitted.
      ask: (peer) => peerClient(peer, identity.daemonPort, tls, ASK_MS).spec({ linearizable: true }),
      onLost: (generation) => {
        this.o.log.warn(
          { generation },
          `generation ${generation} of the cluster's spec has no place for this peer`,
        );
        this.dismissed();
      },
    });
  }
}
