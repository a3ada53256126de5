import type { Readable } from "node:stream";
import type {
  CaReply,
  FormProgress,
  FormRequest,
  HealthReply,
  LeaderReply,
  SpecReply,
  StatusReply,
  TeardownRequest,
  VersionReply,
} from "../api/wire";
import { version } from "../../package.json";
import { hostPort } from "../spec/host";
import type { ClusterSpec } from "../spec/spec";
import type { Leadership } from "./api/leadership";
import type { Route } from "./api/route";
import { clusterRoutes, type AtRevision, type ClusterActions, type LogsRequest } from "./api/routes/cluster";
import { peerRoutes, type PeerActions } from "./api/routes/peer";
import type { DaemonConfig } from "./config";
import { Conflict, NotFound } from "./errors";
import { Former } from "./former";
import type { Log } from "./log";
import { redacted } from "./logs";
import { ownHealth } from "./own-health";
import { peerClient } from "./peers";
import type { Redactor } from "./redact";
import { Runtime, type HostPorts } from "./runtime";
import { SecretsFile } from "./secrets";
import { Serial } from "./serial";
import { StateStore } from "./state";
import { clusterStatus } from "./status/cluster";
import { localStatus } from "./status/local";
import { EXECUTORS } from "./steps";
import { teardown } from "./teardown";

/** For another peer to begin to send a log. */
const LOGS_MS = 10_000;

export interface DaemonOptions {
  readonly config: DaemonConfig;
  readonly host: HostPorts;
  readonly redactor: Redactor;
  readonly log: Log;
}

/** One peer's part of the control plane. */
export class Daemon implements ClusterActions, PeerActions {
  private readonly former: Former;
  /** Forming and tearing down change the same things. */
  private readonly changes = new Serial();
  private runtime: Runtime | undefined;

  private constructor(
    private readonly o: DaemonOptions,
    private readonly state: StateStore,
    private readonly secrets: SecretsFile,
  ) {
    const { config, redactor, log } = o;
    this.former = new Former({
      identity: config.identity,
      state,
      secrets,
      ports: (spec) => this.join(spec).ports,
      executors: EXECUTORS,
      redactor,
      log,
      onFormed: () => void this.startHealing(),
    });
  }

  /** Goes on where the daemon was when it stopped. */
  static async open(o: DaemonOptions): Promise<Daemon> {
    const { identity, configDir } = o.config;
    const daemon = new Daemon(o, await StateStore.open(identity.dataRoot), new SecretsFile(configDir));
    const { state, spec } = daemon.state.current;
    o.log.info({ peer: identity.name, state, version }, "daemon starts");
    await daemon.former.resume();
    if (state === "member" && spec) {
      daemon.join(spec);
      await daemon.startHealing();
    }
    return daemon;
  }

  routes(): Route[] {
    return [...clusterRoutes(this), ...peerRoutes(this)];
  }

  readonly leadership: Leadership = {
    leads: () => this.runtime?.election.term() !== undefined,
    address: async () => {
      const leader = await this.whoLeads();
      return leader && hostPort(leader.address, this.state.current.spec!.ports.daemon);
    },
  };

  health(): HealthReply {
    return ownHealth(this.state.current.state, this.former.progress().state, this.runtime?.records.trouble);
  }

  version(): VersionReply {
    return { version, node: process.version };
  }

  form(request: FormRequest): Promise<FormProgress> {
    return this.changes.run(() => this.former.form(request));
  }

  formProgress(): FormProgress {
    return this.former.progress();
  }

  async status(localOnly: boolean): Promise<StatusReply> {
    const { config } = this.o;
    const state = this.state.current;
    const ports = this.runtime?.ports;
    const drives = this.runtime?.ownDrives();
    return clusterStatus(
      {
        identity: config.identity,
        state,
        local: () => localStatus({ identity: config.identity, state, daemonVersion: version, ports, drives }),
        ask: (peer) =>
          peerClient(peer, state.spec!.ports.daemon, config.tls, 2_000).status({ localOnly: true }),
        leader: async () => this.runtime?.leader(),
      },
      localOnly,
    );
  }

  ca(): CaReply {
    return { certPem: this.o.config.tls.ca };
  }

  async leader(): Promise<AtRevision<LeaderReply>> {
    return { value: { leader: await this.whoLeads() } };
  }

  async stepDown(): Promise<void> {
    await this.member().stepDown();
  }

  async spec(): Promise<AtRevision<SpecReply>> {
    const { spec, generation, specDigest } = this.state.current;
    if (!spec || !generation || !specDigest) throw new Conflict("this peer is in no formed cluster yet");
    return { value: { spec, generation, digest: specDigest } };
  }

  async logs({ component, peer, ...o }: LogsRequest): Promise<Readable> {
    const { identity, tls } = this.o.config;
    if (peer === undefined || peer === identity.name) {
      return redacted(await this.o.host.logs.open(component, o), this.o.redactor);
    }
    const { spec } = this.state.current;
    const found = spec?.peers.find((p) => p.name === peer);
    if (!spec || !found) throw new NotFound(`there is no peer "${peer}" in this cluster`);
    return peerClient(found, spec.ports.daemon, tls, LOGS_MS).logs(component, o);
  }

  teardown(request: TeardownRequest): Promise<void> {
    const { compose, files } = this.o.host;
    const { former, state, secrets } = this;
    return this.changes.run(async () => {
      await teardown({ former, state, secrets, compose, files, leave: () => this.leave() }, request);
      this.o.log.info({ deleteData: request.deleteData }, "torn down");
    });
  }

  /** Resigns; containers go on. */
  async close(): Promise<void> {
    await this.former.stop();
    await this.leave();
  }

  private async whoLeads(): Promise<LeaderReply["leader"]> {
    const found = this.runtime?.leader();
    const peer = this.state.current.spec?.peers.find((p) => p.name === found?.peer);
    return found && peer && { ...found, address: peer.address };
  }

  private member(): Runtime {
    if (!this.runtime) throw new Conflict("this peer is in no cluster yet");
    return this.runtime;
  }

  private join(spec: ClusterSpec): Runtime {
    return (this.runtime ??= new Runtime(this.o.config, this.o.host, spec, this.o.log));
  }

  private async leave(): Promise<void> {
    await this.runtime?.close();
    this.runtime = undefined;
  }

  private async startHealing(): Promise<void> {
    const stored = await this.secrets.load().catch(() => undefined);
    if (stored) this.runtime?.startHealing(stored.cluster);
  }
}
