import type { Job, JobStepReport } from "../../api/wire";
import type { ClusterSpec } from "../../spec/spec";
import { Conflict } from "../errors";
import type { Log } from "../log";
import type { Redactor } from "../redact";
import { NotLeader, type Versioned } from "../store/records";
import { messageOf } from "../wait";
import { Cancelled, LeftToSuccessor } from "./errors";
import { JobLog } from "./log";
import { parseParams } from "./params";
import { JobRecord } from "./record";
import { hasEnded, progressOf, reportsFor } from "./state";
import type { JobContext, JobStep, JobType } from "./type";
import type { JobStore } from "./write";

export interface RunnerOptions extends JobStore {
  readonly owner: { readonly peer: string; readonly term: string };
  readonly spec: ClusterSpec;
  /** What the steps work with. */
  readonly environment: JobEnvironment;
  readonly redactor: Redactor;
  readonly log: Log;
  readonly heartbeatMs: number;
}

export type JobEnvironment = Pick<
  JobContext,
  "identity" | "secrets" | "secretsOf" | "ports" | "tasks" | "handOver"
>;

/** Works on one job, from the first step that is not done, until it ends or this leader must leave it to its successor. */
export class Runner {
  /** What the steps see: fires when the job is left, and when it is cancelled. */
  private readonly stop = new AbortController();
  /** Ends every write. */
  private readonly left = new AbortController();
  private readonly record: JobRecord;
  private readonly jobLog: JobLog;
  private part = 0;
  private owned = false;

  constructor(
    stored: Versioned<Job>,
    private readonly type: JobType | undefined,
    private readonly o: RunnerOptions,
  ) {
    const { signal } = this.left;
    const onLost = (error: Error): void => this.leave(messageOf(error));
    this.record = new JobRecord(stored, { ...o, signal, onLost });
    this.jobLog = new JobLog({ ...o, signal, jobId: stored.value.id });
  }

  /** Resolves when nothing of it is under way any more; never rejects. */
  async run(): Promise<void> {
    const { id } = this.record.job;
    try {
      await this.claim();
      this.record.startBeating();
      await this.end(await this.outcome());
    } catch (error) {
      this.o.log.warn({ job: id }, `job ${id} is let go on ${this.o.owner.peer}: ${messageOf(error)}`);
    } finally {
      this.record.stopBeating();
      this.jobLog.close();
      // A step may have left something running that would still write.
      this.leave(`job ${id} is no longer worked on here`);
    }
  }

  /** Nothing is written from now on; what is under way is told to stop. */
  leave(reason: string): void {
    const why = new LeftToSuccessor(reason);
    this.left.abort(why);
    this.stop.abort(why);
  }

  /**
   * Asks for an end at the next safe point. Returns undefined while the job is not, or no longer, this leader's; throws Conflict
   * when it has ended.
   */
  async cancel(): Promise<Job | undefined> {
    if (!this.owned || this.left.signal.aborted) return undefined;
    const { job } = this.record;
    if (hasEnded(job)) throw new Conflict(`job ${job.id} has ended already: ${job.state}`);
    if (!job.cancelRequested) this.append("cancellation was asked for: it ends at the next safe point");
    try {
      await this.record.save({ cancelRequested: true });
      return this.record.job;
    } catch (error) {
      if (this.left.signal.aborted) return undefined;
      throw error;
    }
  }

  private async claim(): Promise<void> {
    const { owner } = this.o;
    const { attempts, startedAt, owner: before, id } = this.record.job;
    await this.record.save({
      state: "running",
      owner,
      attempts: attempts + 1,
      startedAt: startedAt ?? now(),
      detail: undefined,
    });
    this.owned = true;
    const sentence = before
      ? `${owner.peer} (term ${owner.term}) takes over from ${before.peer} (term ${before.term})`
      : `${owner.peer} (term ${owner.term}) begins`;
    this.o.log.info({ job: id, type: this.record.job.type }, `job ${id}: ${sentence}`);
    this.append(sentence);
  }

  /** Throws when the job is to be left to a successor. */
  private async outcome(): Promise<Partial<Job>> {
    try {
      await this.runSteps();
      return { state: "succeeded", progress: 100 };
    } catch (error) {
      if (this.isLeft(error)) throw error;
      if (this.stop.signal.aborted) return { state: "cancelled" };
      return { state: "failed", error: this.clean(messageOf(error)) };
    }
  }

  private async end(outcome: Partial<Job>): Promise<void> {
    const { id, type } = this.record.job;
    const why = outcome.error === undefined ? "" : `: ${outcome.error}`;
    this.append(`${outcome.state}${why}`, outcome.state === "failed" ? "error" : "info");
    this.record.stopBeating();
    // Whoever sees that the job has ended finds its whole log.
    await this.jobLog.flush();
    await this.record.save({ ...outcome, detail: undefined, endedAt: now() });
    this.o.log.info({ job: id, type }, `job ${id}: ${outcome.state}${why}`);
  }

  private async runSteps(): Promise<void> {
    const { type } = this.record.job;
    if (!this.type) {
      throw new Error(`this version (on ${this.o.owner.peer}) knows no job type "${type}"`);
    }
    const params = parseParams(this.type, this.record.job.params);
    const steps = this.type.steps(params, this.o.spec);
    await this.record.save({ steps: reportsFor(steps, this.record.job.steps) });
    for (const [i, step] of steps.entries()) {
      this.safePoint();
      if (this.record.job.steps[i]!.state !== "done") await this.runStep(i, step, params);
    }
  }

  private async runStep(index: number, step: JobStep, params: unknown): Promise<void> {
    this.part = 0;
    await this.record.save(this.withStep(index, { state: "running", startedAt: now() }));
    try {
      const ctx = this.context(params);
      if (await this.isDone(step, ctx)) {
        this.append(`${step.title}: done already`);
      } else {
        this.stop.signal.throwIfAborted();
        this.append(step.title);
        await step.run(ctx);
      }
      this.stop.signal.throwIfAborted();
    } catch (error) {
      throw await this.failed(index, step, error);
    }
    this.part = 0;
    await this.record.save({ ...this.withStep(index, { state: "done", endedAt: now() }), detail: undefined });
  }

  /** What cannot be found out counts as not done: the step itself will say why. */
  private async isDone(step: JobStep, ctx: JobContext): Promise<boolean> {
    try {
      return await step.isDone(ctx);
    } catch (error) {
      if (this.stop.signal.aborted || this.isLeft(error)) throw error;
      this.append(`${step.title}: cannot tell whether it is done: ${messageOf(error)}`, "warn");
      return false;
    }
  }

  /** The error that ends the job, once the step's own report is written. */
  private async failed(index: number, step: JobStep, error: unknown): Promise<Error> {
    if (this.isLeft(error)) return error as Error;
    const text = this.stop.signal.aborted ? "cancelled" : this.clean(messageOf(error));
    this.record.note(this.withStep(index, { state: "failed", endedAt: now(), error: text }));
    return new Error(`${step.name}: ${text}`, { cause: error });
  }

  /** A step that could not write because another peer leads has not failed: it is the other one's now. */
  private isLeft(error: unknown): boolean {
    const { cause } = error as { cause?: unknown };
    return this.left.signal.aborted || error instanceof NotLeader || cause instanceof NotLeader;
  }

  private withStep(index: number, change: Partial<JobStepReport>): Partial<Job> {
    const steps = this.record.job.steps.map((s, i) => (i === index ? { ...s, ...change } : s));
    return { steps, progress: Math.max(this.record.job.progress, progressOf(steps, this.part)) };
  }

  private context(params: unknown): JobContext {
    const { record } = this;
    const { spec, records, environment } = this.o;
    return {
      ...environment,
      jobId: record.job.id,
      params,
      spec,
      records,
      signal: this.stop.signal,
      get result() {
        return record.job.result ?? {};
      },
      log: (text, level) => this.append(text, level),
      detail: (text) => record.note({ detail: this.clean(text) }),
      progress: (part) => this.progress(part),
      setResult: (members) => this.setResult(members),
      safePoint: () => this.safePoint(),
    };
  }

  private progress(part: number): void {
    this.part = part;
    this.record.note(this.withStep(-1, {}));
  }

  private setResult(members: Record<string, unknown>): Promise<void> {
    const clean = JSON.parse(this.clean(JSON.stringify(members))) as Record<string, unknown>;
    return this.record.save({ result: { ...this.record.job.result, ...clean } });
  }

  private safePoint(): void {
    if (this.record.job.cancelRequested) this.stop.abort(new Cancelled());
    this.stop.signal.throwIfAborted();
  }

  private append(text: string, level: "info" | "warn" | "error" = "info"): void {
    this.jobLog.append(this.clean(text), level);
  }

  private clean(text: string): string {
    return this.o.redactor.text(text);
  }
}

function now(): string {
  return new Date().toISOString();
}
