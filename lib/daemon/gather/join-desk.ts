import type { FormingPeer } from "../../api/forming";
import type { HealthReply, JoinReply, JoinRequest, JoinTerms } from "../../api/wire";
import type { PeerAddress } from "../../spec/spec";
import type { DaemonConfig } from "../config";
import { Conflict } from "../errors";
import type { Log } from "../log";
import { peerClient } from "../peers";
import type { Redactor } from "../redact";
import type { SecretsFile } from "../secrets";
import type { DaemonState } from "../state";
import { fullText } from "./admission";
import { Gatherer } from "./gatherer";
import { GatheringFile } from "./gathering";

export interface JoinDeskOptions {
  readonly config: DaemonConfig;
  readonly state: () => DaemonState;
  readonly secrets: Pick<SecretsFile, "load">;
  /** This very daemon. */
  readonly self: FormingPeer["daemon"] & { health(): Promise<HealthReply> };
  readonly redactor: Redactor;
  readonly log: Log;
}

/** For another daemon to answer while the cluster is being formed. */
const ASK_MS = 15_000;

/** Where VMs that want to join turn to: a gatherer on the first peer until the cluster is formed; else it says where to go. */
export class JoinDesk {
  private readonly file: GatheringFile;
  private gatherer: Gatherer | undefined;

  constructor(private readonly o: JoinDeskOptions) {
    this.file = new GatheringFile(o.config.configDir);
  }

  /** Begins, or goes on after a restart. Throws when what was gathered cannot be read. */
  async open(): Promise<void> {
    const { config, redactor, log } = this.o;
    this.gatherer = await Gatherer.open({
      ...{ identity: config.identity, caPem: config.tls.ca, file: this.file, redactor, log },
      daemon: (peer) => this.daemonOf(peer),
      onFormed: () => (this.gatherer = undefined),
    });
    this.gatherer?.start();
  }

  async terms(): Promise<JoinTerms> {
    return (this.gatherer ?? (await this.nobody())).terms();
  }

  async join(request: JoinRequest): Promise<JoinReply> {
    return (this.gatherer ?? (await this.nobody())).join(request);
  }

  waitingFor(): string | undefined {
    if (this.gatherer) return this.gatherer.waitingFor();
    const { joinedThrough } = this.o.config.identity;
    if (this.o.state().state !== "unjoined" || joinedThrough === undefined) return undefined;
    return `this peer has joined; \`milvus-onprem status\` on the first peer (${joinedThrough}) says what is waited for`;
  }

  /** Goes on with the next start. */
  async stop(): Promise<void> {
    await this.gatherer?.stop();
  }

  /** Forgets who has joined, and the secrets that were made for them. */
  async close(): Promise<void> {
    await this.stop();
    this.gatherer = undefined;
    await this.file.remove();
  }

  private daemonOf(peer: PeerAddress): JoinDeskOptions["self"] {
    const { identity, tls } = this.o.config;
    if (peer.name === identity.name) return this.o.self;
    return peerClient(peer, identity.daemonPort, tls, ASK_MS);
  }

  private async nobody(): Promise<never> {
    const { spec } = this.o.state();
    if (!spec) {
      throw new Conflict(
        "this peer admits nobody: give `join` the address of the first peer, where `init` ran",
      );
    }
    const stored = await this.o.secrets.load().catch(() => undefined);
    if (stored?.caKeyPem !== undefined) throw new Conflict(fullText(spec.name, spec.peers.length));
    throw new Conflict(
      `the cluster "${spec.name}" is managed by Terraform: add a Peer to its program instead`,
    );
  }
}
