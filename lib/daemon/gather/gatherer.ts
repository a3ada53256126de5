import { setTimeout as sleep } from "node:timers/promises";
import { version } from "../../../package.json";
import { formCluster, type FormingPeer } from "../../api/forming";
import type { FormRequest, HealthReply, JoinReply, JoinRequest, JoinTerms } from "../../api/wire";
import { dataDirsOf, mountPointsOf } from "../../spec/disks";
import { hostPort } from "../../spec/host";
import type { PeerIdentity } from "../../spec/identity";
import { portsOf } from "../../spec/ports";
import type { ClusterSpec, PeerAddress } from "../../spec/spec";
import { Conflict } from "../errors";
import type { Log } from "../log";
import type { Redactor } from "../redact";
import { Serial } from "../serial";
import { messageOf } from "../wait";
import { admit, without } from "./admission";
import { certify, keyOf } from "./certificates";
import { compileAhead, compileFor, type GatheredPeer, type Gathering, type GatheringFile } from "./gathering";

export interface GathererOptions {
  readonly identity: PeerIdentity;
  readonly caPem: string;
  readonly file: GatheringFile;
  /** A peer's daemon, which must show a certificate of this cluster for that peer's name. */
  readonly daemon: (peer: PeerAddress) => FormingPeer["daemon"] & { health(): Promise<HealthReply> };
  readonly redactor: Redactor;
  readonly log: Log;
  /** Called once the cluster is formed. */
  readonly onFormed: () => void;
  /** Milliseconds before a failure is tried again. @default 10000 */
  readonly retryMs?: number;
  /** Milliseconds between two looks at daemons that are not up yet. @default 1000 */
  readonly lookMs?: number;
}

const RETRY_MS = 10_000;
const LOOK_MS = 1_000;
/** Images of some GB may have to be pulled; after that it is tried again all the same. */
const FORM_SECONDS = 1_800;

/**
 * The part of the first peer before there is a cluster: admits the others, and when the last one's daemon is up has the cluster
 * formed. Never gives up: whatever fails is told by `waitingFor` and tried again.
 */
export class Gatherer {
  private readonly requests = new Serial();
  private readonly stopped = new AbortController();
  private work: Promise<void> | undefined;
  private told: string | undefined;

  private constructor(
    private readonly o: GathererOptions,
    private gathering: Gathering,
  ) {
    const { secrets, registryAuth, alertWebhookUrl, caKeyPem } = gathering;
    o.redactor.learnCluster(secrets, registryAuth?.password);
    o.redactor.learn(alertWebhookUrl, caKeyPem);
  }

  /** Undefined where this peer gathers nobody. */
  static async open(o: GathererOptions): Promise<Gatherer | undefined> {
    const gathering = await o.file.load();
    return gathering && new Gatherer(o, gathering);
  }

  /** Goes on where it was when the daemon stopped. */
  start(): void {
    if (this.complete && !this.stopped.signal.aborted) this.work ??= this.gather();
  }

  async stop(): Promise<void> {
    this.stopped.abort(new Error("the daemon stops"));
    await this.work;
  }

  terms(): JoinTerms {
    const { template, expected, peers } = this.gathering;
    const { identity } = this.o;
    const { spec, problems } = compileAhead(template, expected, peers);
    if (!spec) throw new Error(problems.map((p) => p.message).join("; "));
    const newcomer = spec.peers.find((p) => !peers.some((g) => g.name === p.name)) ?? spec.peers[0]!;
    return {
      clusterId: identity.clusterId,
      clusterName: template.name,
      daemonVersion: version,
      daemonPort: identity.daemonPort,
      dataRoot: identity.dataRoot,
      mountPoints: mountPointsOf(spec, newcomer.name),
      dataDirs: dataDirsOf(spec, newcomer.name),
      requiredPorts: portsOf(spec, newcomer.name).map((use) => use.port),
      expected,
      peers: peers.map(({ name, address }) => ({ name, address })),
    };
  }

  /** One after the other. Throws Conflict with the reason when the VM may not join, BadRequest for what is no request. */
  join(request: JoinRequest): Promise<JoinReply> {
    return this.requests.run(() => this.admit(request));
  }

  /** One phrase for a person; without the token, which only the one who ran `init` has. */
  waitingFor(): string | undefined {
    const { expected, peers } = this.gathering;
    if (this.complete) return this.told ?? "the cluster is about to be formed";
    const { address, daemonPort } = this.o.identity;
    const missing = expected - peers.length;
    return (
      `${peers.length} of ${expected} peers have joined (${peers.map((p) => p.name).join(", ")}): run ` +
      `\`milvus-onprem join ${hostPort(address, daemonPort)} TOKEN\` on ${missing} more VM${missing === 1 ? "" : "s"}`
    );
  }

  private get complete(): boolean {
    return this.gathering.peers.length >= this.gathering.expected;
  }

  private async admit(request: JoinRequest): Promise<JoinReply> {
    const keySha256 = await keyOf(request);
    this.checkSame(request);
    const { name, address, hostname, machineId, clockMs } = request;
    const clockOffsetMs = clockMs - Date.now();
    const candidate = { name, address, keySha256, hostname, machineId, clockOffsetMs };
    const { peers, warnings } = await this.decide(candidate);
    const next = { ...this.gathering, peers };
    const ca = { certPem: this.o.caPem, keyPem: this.gathering.caKeyPem };
    const certificates = await certify(request, ca);
    await this.o.file.save(next);
    this.gathering = next;
    const { expected } = next;
    this.o.log.info({ peer: name, address, joined: peers.length, expected }, "a peer has joined");
    this.start();
    const { clusterId } = this.o.identity;
    return { clusterId, ...certificates, expected, joined: peers.length, warnings: [...warnings] };
  }

  private checkSame(request: JoinRequest): void {
    const { dataRoot, daemonPort } = this.o.identity;
    const wrong = Object.entries({ dataRoot, daemonPort, daemonVersion: version }).find(
      ([key, value]) => request[key as keyof JoinRequest] !== value,
    );
    if (!wrong) return;
    const [key, value] = wrong;
    const given = JSON.stringify(request[key as keyof JoinRequest]);
    const hint =
      key === "daemonVersion" ? "install the command from the same image on every VM" : "join again";
    throw new Conflict(
      `${key} of this VM is ${given}, that of the cluster ${JSON.stringify(value)}: ${hint}`,
    );
  }

  private async decide(candidate: GatheredPeer): Promise<{
    peers: readonly GatheredPeer[];
    warnings: readonly string[];
  }> {
    let found = admit(this.gathering, candidate);
    if (found.kind === "contested") {
      const { holder } = found;
      if ((await this.silence(holder)) === undefined) {
        throw new Conflict(
          `"${holder.name}" at ${holder.address} has joined already with another key and its daemon answers; ` +
            "go on there with --resume, or tear it down first (milvus-onprem teardown)",
        );
      }
      found = admit(without(this.gathering, holder), candidate); // its VM was set up anew
    }
    if (found.kind === "admitted") return found;
    throw new Conflict(found.kind === "refused" ? found.why : "its name and address are taken");
  }

  /** Never rejects. */
  private async gather(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        await this.everyDaemon();
        await this.form();
        await this.o.file.remove();
        this.o.log.info("the cluster is formed");
        return this.o.onFormed();
      } catch (error) {
        if (signal.aborted) return;
        this.tell(`${this.o.redactor.text(messageOf(error))} (it is tried again)`);
        await sleep(this.o.retryMs ?? RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** A daemon comes up seconds after its VM has joined; one that never does is told of until it does. */
  private async everyDaemon(): Promise<void> {
    const { signal } = this.stopped;
    for (;;) {
      const looks = this.gathering.peers.map((peer) => this.silence(peer));
      const missing = (await Promise.all(looks)).filter((why) => why !== undefined);
      signal.throwIfAborted();
      if (missing.length === 0) return;
      this.tell(`all peers have joined; waits for ${missing.join("; ")}`);
      await sleep(this.o.lookMs ?? LOOK_MS, undefined, { signal });
    }
  }

  private async silence(peer: GatheredPeer): Promise<string | undefined> {
    try {
      await this.o.daemon(peer).health();
      return undefined;
    } catch (error) {
      return `the daemon of ${peer.name} (${peer.address}): ${messageOf(error)}`;
    }
  }

  private async form(): Promise<void> {
    const lines = new Map<string, string>();
    const peers = this.gathering.peers.map((p) => ({ name: p.name, daemon: this.o.daemon(p) }));
    await formCluster(peers, this.request(), {
      timeoutSeconds: FORM_SECONDS,
      signal: this.stopped.signal,
      continues: "What is done stays done.",
      late: "See the logs of that peer's daemon: docker logs milvus-onprem.",
      onProgress: (line) => {
        lines.set(line.split(":")[0]!, line);
        this.tell(`the cluster is being formed: ${[...lines.values()].join("; ")}`);
      },
    });
  }

  private request(): FormRequest {
    const { secrets, registryAuth, alertWebhookUrl, caKeyPem } = this.gathering;
    return { spec: this.spec(), secrets, registryAuth, alertWebhookUrl, caKeyPem };
  }

  private spec(): ClusterSpec {
    const { spec, problems } = compileFor(this.gathering.template, this.gathering.peers);
    if (!spec) throw new Error(`the cluster cannot be formed: ${problems.map((p) => p.message).join("; ")}`);
    return spec;
  }

  private tell(what: string): void {
    if (what === this.told) return;
    this.told = what;
    this.o.log.info(what);
  }
}
