import type { FormProgress, FormRequest, FormStepProgress } from "../api/wire";
import { formSteps, type FormStep, type FormStepKind } from "../plan/form";
import type { PeerIdentity } from "../spec/identity";
import { secretsId } from "../spec/secrets";
import type { ClusterSpec } from "../spec/spec";
import { refuseMissing } from "./backups/restorable";
import { specDigest } from "./digest";
import { Conflict } from "./errors";
import type { Log } from "./log";
import { refuseOtherPlace } from "./own-place";
import type { BackupPorts } from "./ports/backups";
import type { Redactor } from "./redact";
import type { SecretsFile, StoredSecrets } from "./secrets";
import type { StateStore } from "./state";
import { committed } from "./steps/commit";
import { runStep } from "./steps/run";
import type { Ports, StepContext, StepExecutor } from "./steps/step";
import { messageOf } from "./wait";

/** Lists of a store far away take seconds. */
const LOOK_MS = 120_000;

export interface FormerOptions {
  readonly identity: PeerIdentity;
  readonly state: StateStore;
  readonly secrets: SecretsFile;
  /** Made once the spec is known, for some of them need it (addresses of etcd …). */
  readonly ports: (spec: ClusterSpec) => Ports;
  /** Needed before the cluster is begun. */
  readonly backups: Pick<BackupPorts, "target">;
  readonly executors: Readonly<Record<FormStepKind, StepExecutor>>;
  readonly redactor: Redactor;
  readonly log: Log;
  /** Called once when this peer has become a member. */
  readonly onFormed?: () => void;
}

/** Carries out the steps that form a cluster, as far as they concern this peer, and tells how far it is. */
export class Former {
  private steps: FormStepProgress[] = [];
  private outcome: FormProgress["state"] = "idle";
  private error: string | undefined;
  private running: { work: Promise<void>; abort: AbortController } | undefined;

  constructor(private readonly o: FormerOptions) {}

  /**
   * Starts to form, or goes on after a failure. Returns as soon as the request is on disk.
   * Throws Conflict when it does not fit what this peer is, or is becoming.
   */
  async form(request: FormRequest): Promise<FormProgress> {
    const digest = specDigest(request.spec);
    this.check(request, digest);
    const { secrets: cluster, registryAuth, alertWebhookUrl, caKeyPem } = request;
    const of = secretsId(request.spec);
    const stored: StoredSecrets = { of, cluster, registryAuth, alertWebhookUrl, caKeyPem };
    const { state } = this.o.state.current;
    if (state === "member") return this.progress();
    await this.checkSecrets(stored);
    this.learn(stored);
    await this.refuseMissingBackup(request);
    await this.o.secrets.save(stored);
    await this.o.state.change({ state: "forming", spec: request.spec, specDigest: digest });
    this.begin(request.spec, digest, stored);
    return this.progress();
  }

  /** Goes on with what was under way when the daemon stopped. */
  async resume(): Promise<void> {
    const { state, spec, specDigest: digest } = this.o.state.current;
    const stored = await this.o.secrets.load();
    if (stored) this.learn(stored);
    if (state !== "forming" || !spec || !digest) return;
    if (stored) return this.begin(spec, digest, stored);
    this.outcome = "failed";
    this.error = "the secrets of the cluster are missing on this peer: send the form request again";
  }

  progress(): FormProgress {
    const { state, spec, specDigest: digest } = this.o.state.current;
    const peer = this.o.identity.name;
    if (state === "member" && spec) {
      const steps = this.steps.length > 0 ? this.steps : this.mine(spec).map((s) => pending(s, "done"));
      return { peer, state: "done", specDigest: digest, steps };
    }
    return { peer, state: this.outcome, specDigest: digest, steps: this.steps, error: this.error };
  }

  /** Stops what is under way and waits until it has stopped; what is done stays done. */
  async stop(): Promise<void> {
    this.running?.abort.abort(new Error("forming was stopped"));
    await this.running?.work;
  }

  /** As `stop`, and forgets what it was. */
  async reset(): Promise<void> {
    await this.stop();
    this.steps = [];
    this.outcome = "idle";
    this.error = undefined;
  }

  private check(request: FormRequest, digest: string): void {
    const { identity, state } = this.o;
    const { state: at, specDigest: known } = state.current;
    refuseOtherPlace(request.spec, identity);
    if (at === "removed")
      throw new Conflict("this peer has been removed from its cluster: prepare it anew first");
    if (at !== "unjoined" && known !== digest) {
      const doing = at === "forming" ? "is forming" : "is a member of";
      throw new Conflict(
        `this peer ${doing} a cluster with another spec (${known?.slice(0, 12)}): tear it down first`,
      );
    }
  }

  /** MinIO and Milvus may have been started with the first ones. */
  private async checkSecrets(next: StoredSecrets): Promise<void> {
    if (this.o.state.current.state !== "forming") return;
    const before = await this.o.secrets.load();
    if (before && JSON.stringify(sorted(before.cluster)) !== JSON.stringify(sorted(next.cluster))) {
      throw new Conflict("this peer is forming the cluster with other credentials: tear it down first");
    }
  }

  /** A cluster that was to hold a backup, and is formed empty, is of use to nobody. */
  private async refuseMissingBackup({ spec, secrets, restoreFrom }: FormRequest): Promise<void> {
    if (restoreFrom === undefined) return;
    const target = this.o.backups.target(spec, secrets, { patienceMs: 0 });
    await refuseMissing(target, restoreFrom, AbortSignal.timeout(LOOK_MS));
  }

  private learn(stored: StoredSecrets): void {
    this.o.redactor.learnCluster(stored.cluster, stored.registryAuth?.password);
    if (stored.next) this.o.redactor.learnCluster(stored.next.cluster);
    this.o.redactor.learn(stored.alertWebhookUrl, stored.caKeyPem);
  }

  private begin(spec: ClusterSpec, digest: string, stored: StoredSecrets): void {
    if (this.running) return;
    const abort = new AbortController();
    const work = this.runAll(spec, digest, stored, abort.signal).finally(() => (this.running = undefined));
    this.running = { work, abort };
  }

  /** Never rejects: the outcome is part of the progress. */
  private async runAll(
    spec: ClusterSpec,
    digest: string,
    stored: StoredSecrets,
    signal: AbortSignal,
  ): Promise<void> {
    const plan = this.mine(spec);
    this.steps = plan.map((step) => pending(step, "pending"));
    this.outcome = "running";
    this.error = undefined;
    try {
      const ports = this.o.ports(spec);
      for (const [i, step] of plan.entries()) {
        const base = { spec, specDigest: digest, secrets: stored.cluster, registryAuth: stored.registryAuth };
        await this.runOne(step, this.steps[i]!, { ...base, identity: this.o.identity, ports, signal });
      }
      const { generation } = (await committed({ ports, identity: this.o.identity }))!.value;
      await this.o.state.change({ state: "member", spec, specDigest: digest, generation });
      this.outcome = "done";
      this.o.onFormed?.();
    } catch (error) {
      this.outcome = "failed";
      this.error = this.o.redactor.text(messageOf(error));
    }
  }

  private async runOne(
    step: FormStep,
    at: FormStepProgress,
    base: Omit<StepContext, "detail">,
  ): Promise<void> {
    const { log, executors, redactor } = this.o;
    const detail = (text: string): void => void (at.detail = redactor.text(text));
    at.state = "running";
    at.startedAt = new Date().toISOString();
    try {
      await runStep(step, executors[step.kind], { ...base, detail });
      base.signal.throwIfAborted();
      at.state = "done";
      at.detail = undefined;
      log.info({ step: step.kind }, `done: ${step.title}`);
    } catch (error) {
      at.state = "failed";
      at.error = redactor.text(messageOf(error));
      log.error({ step: step.kind }, `failed: ${step.title}: ${at.error}`);
      throw new Error(`${step.kind} on ${this.o.identity.name}: ${at.error}`, { cause: error });
    } finally {
      at.endedAt = new Date().toISOString();
    }
  }

  private mine(spec: ClusterSpec): FormStep[] {
    return formSteps(spec).filter((step) => step.peers.includes(this.o.identity.name));
  }
}

function pending(step: FormStep, state: FormStepProgress["state"]): FormStepProgress {
  return { kind: step.kind, title: step.title, state };
}

function sorted(o: object): [string, unknown][] {
  return Object.entries(o).sort(([a], [b]) => (a < b ? -1 : 1));
}
