import type {
  FormProgress,
  FormRequest,
  HealthReply,
  SmokeResult,
  StatusReply,
  TeardownRequest,
  VersionReply,
} from "../api/wire";
import { version } from "../../package.json";
import type { ClusterSpec } from "../spec/spec";
import type { Actions } from "./api/app";
import type { DaemonConfig } from "./config";
import { Conflict } from "./errors";
import { Former } from "./former";
import type { Log } from "./log";
import { peerClient } from "./peers";
import type { Redactor } from "./redact";
import { Runtime, type HostPorts } from "./runtime";
import { SecretsFile } from "./secrets";
import { Serial } from "./serial";
import { smoke } from "./smoke";
import { StateStore } from "./state";
import { clusterStatus } from "./status/cluster";
import { localStatus } from "./status/local";
import { EXECUTORS } from "./steps";
import { teardown } from "./teardown";

export interface DaemonOptions {
  readonly config: DaemonConfig;
  readonly host: HostPorts;
  readonly redactor: Redactor;
  readonly log: Log;
}

/** One peer's part of the control plane. */
export class Daemon implements Actions {
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

  health(): HealthReply {
    const { state } = this.state.current;
    const progress = this.former.progress();
    if (progress.state !== "failed") return { status: "ok", state };
    // The reason is for the holder of the token; this route is open.
    return { status: "degraded", state, reason: "forming failed: see GET /form" };
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
        leader: async () => this.runtime?.election.leader(),
      },
      localOnly,
    );
  }

  async smoke(): Promise<SmokeResult> {
    const { state, spec } = this.state.current;
    const stored = await this.secrets.load();
    if (state !== "member" || !spec || !stored) {
      throw new Conflict(`this peer is "${state}": a smoke test needs a formed cluster`);
    }
    const { milvus } = this.o.host;
    return smoke({
      spec,
      milvus,
      password: stored.cluster.milvusRootPassword,
      self: this.o.config.identity.name,
    });
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
