import type { Readable } from "node:stream";
import { version } from "../../package.json";
import type {
  CaReply,
  DriftReply,
  FormProgress,
  HealthReply,
  LeaderReply,
  LoadedReply,
  SpecReply,
  StatusReply,
  VersionReply,
} from "../api/wire";
import { clientAddress, hostPort, peerOf } from "../spec/host";
import type { ClusterSpec } from "../spec/spec";
import type { Leadership } from "./api/leadership";
import type { AtRevision, ClusterActions, LogsRequest } from "./api/routes/cluster";
import type { OwnCertificates } from "./certificates";
import type { DaemonConfig } from "./config";
import { Conflict, NotFound } from "./errors";
import { loadedAt } from "./loaded";
import { redacted } from "./logs";
import { ownHealth } from "./own-health";
import { peerClient } from "./peers";
import type { Redactor } from "./redact";
import type { HostPorts, Runtime } from "./runtime";
import type { DaemonState } from "./state";
import { Cached } from "./status/cached";
import { clusterStatus } from "./status/cluster";
import { clusterDrift, localDrift } from "./status/drift";
import { localStatus } from "./status/local";
import type { Snapshot } from "./store/records";
import { within } from "./wait";

export interface ViewOptions {
  readonly config: DaemonConfig;
  readonly host: HostPorts;
  readonly certificates: Pick<OwnCertificates, "end">;
  readonly redactor: Redactor;
  readonly state: () => DaemonState;
  readonly forming: () => FormProgress["state"];
  /** Undefined outside of any cluster. */
  readonly runtime: () => Runtime | undefined;
  /** What a cluster that is not formed yet waits for. */
  readonly waitingFor: () => string | undefined;
}

/** For another peer to answer, or to begin to send a log. */
const ASK_MS = 2_000;
/** To compare its files and containers with the spec. */
const COMPARE_MS = 6_000;
const LOGS_MS = 10_000;
/** A plan waits for it, and can do without. */
const LOADED_MS = 4_000;

/** What this peer tells of itself and of its cluster. */
export class View implements ClusterActions {
  private readonly own = new Cached(() => this.look(true));
  private readonly whole = new Cached(() => this.look(false));

  /** State of this peer, and whether its cluster was stopped, as the last status told. */
  private told: { readonly state: DaemonState; readonly stopped: boolean } | undefined;

  constructor(private readonly o: ViewOptions) {}

  readonly leadership: Leadership = {
    leads: () => this.o.runtime()?.election.term() !== undefined,
    address: async () => {
      const leader = this.addressed(this.o.runtime()?.leader());
      return leader && hostPort(leader.address, this.o.state().spec!.ports.daemon);
    },
  };

  health(): HealthReply {
    return ownHealth(this.o.state().state, this.o.forming(), this.o.runtime()?.records.trouble);
  }

  version(): VersionReply {
    return { version, node: process.version };
  }

  ca(): CaReply {
    return { certPem: this.o.config.tls.ca };
  }

  status(localOnly: boolean): Promise<StatusReply> {
    // A peer that has just become a member, left, stopped or started must not look as it did before.
    const now = { state: this.o.state(), stopped: this.stopped };
    if (this.told?.state !== now.state || this.told.stopped !== now.stopped) {
      this.own.forget();
      this.whole.forget();
      this.told = now;
    }
    return localOnly ? this.own.get() : this.whole.get();
  }

  async leader(linearizable: boolean): Promise<AtRevision<LeaderReply>> {
    if (!linearizable) {
      const runtime = this.o.runtime();
      return {
        value: { leader: this.addressed(runtime?.leader()) },
        revision: runtime?.records.cached?.revision,
      };
    }
    const { leader, revision } = await this.member().records.read();
    return { value: { leader: this.addressed(leader) }, revision };
  }

  async stepDown(): Promise<void> {
    await this.member().stepDown();
  }

  async spec(linearizable: boolean): Promise<AtRevision<SpecReply>> {
    const { records } = this.member();
    const found = linearizable ? await records.read() : records.cached;
    if (found?.spec) {
      const { generation, digest, spec } = found.spec.value;
      const change = found.change?.value;
      const unfinished = change && { job: change.job, spec: change.spec };
      return { value: { generation, digest, spec, unfinished }, revision: found.revision };
    }
    const { spec, generation, specDigest } = this.o.state();
    if (!spec || !generation || !specDigest)
      throw new Conflict("the cluster is not formed yet: see GET /form");
    return { value: { spec, generation, digest: specDigest } };
  }

  async drift(localOnly: boolean): Promise<DriftReply> {
    const { ports, certificates, ...runtime } = this.member().taskContext(new AbortController().signal);
    const { spec, generation } = this.formed();
    const { identity, tls } = this.o.config;
    const stopped = this.o.runtime()?.stopped !== undefined;
    const view = {
      ...{ identity, spec, generation },
      local: async () =>
        localDrift(identity.name, spec, (await runtime.secrets(spec)).cluster, ports, certificates, stopped),
      ask: (peer: { name: string; address: string }) =>
        peerClient(peer, spec.ports.daemon, tls, COMPARE_MS).drift({ localOnly: true }),
    };
    return clusterDrift(view, localOnly);
  }

  async loaded(): Promise<LoadedReply> {
    const { ports, secrets } = this.member().taskContext(new AbortController().signal);
    const { spec } = this.formed();
    const address = clientAddress(spec, peerOf(spec, this.o.config.identity.name).address, spec.ports.lb);
    const { milvusRootPassword } = (await secrets(spec)).cluster;
    const asked = loadedAt(ports.milvus, address, milvusRootPassword);
    return { collections: await within(LOADED_MS, "Milvus", asked) };
  }

  async logs({ component, peer, ...o }: LogsRequest): Promise<Readable> {
    const { config, host, redactor } = this.o;
    if (peer === undefined || peer === config.identity.name) {
      return redacted(await host.logs.open(component, o), redactor);
    }
    const { spec } = this.o.state();
    const found = spec?.peers.find((p) => p.name === peer);
    if (!spec || !found) throw new NotFound(`there is no peer "${peer}" in this cluster`);
    return peerClient(found, spec.ports.daemon, config.tls, LOGS_MS).logs(component, o);
  }

  private async certificatesEnd(): Promise<string | undefined> {
    return (await this.o.certificates.end()).toISOString();
  }

  private look(localOnly: boolean): Promise<StatusReply> {
    const { config, runtime, waitingFor } = this.o;
    const { identity, tls } = config;
    const state = this.o.state();
    const ports = runtime()?.ports;
    const drives = runtime()?.ownDrives();
    const { stopped } = this;
    const view = {
      identity,
      state,
      stopped,
      local: async () => {
        const certificatesEnd = await this.certificatesEnd();
        return localStatus({
          identity,
          state,
          daemonVersion: version,
          certificatesEnd,
          ports,
          drives,
          stopped,
        });
      },
      ask: (peer: { name: string; address: string }) =>
        peerClient(peer, state.spec!.ports.daemon, tls, ASK_MS).status({ localOnly: true }),
      leader: async () => runtime()?.leader(),
      capacity: () => runtime()?.capacity(),
      waitingFor,
    };
    return clusterStatus(view, localOnly);
  }

  private get stopped(): boolean {
    return this.o.runtime()?.stopped?.done ?? false;
  }

  private addressed(found: Snapshot["leader"]): LeaderReply["leader"] {
    const peer = this.o.state().spec?.peers.find((p) => p.name === found?.peer);
    return found && peer && { ...found, address: peer.address };
  }

  /** What this peer goes by, once the cluster is formed. */
  private formed(): { spec: ClusterSpec; generation: number } {
    const { spec, generation } = this.o.state();
    if (!spec || generation === undefined) throw new Conflict("the cluster is not formed yet: see GET /form");
    return { spec, generation };
  }

  private member(): Runtime {
    const runtime = this.o.runtime();
    if (!runtime) throw new Conflict("this peer is in no cluster yet");
    return runtime;
  }
}
