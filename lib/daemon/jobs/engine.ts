import type { Job, JobRequest } from "../../api/wire";
import type { ClusterSpec } from "../../spec/spec";
import { Conflict, NotFound } from "../errors";
import type { Log } from "../log";
import type { Redactor } from "../redact";
import { Changed, NotLeader, type Snapshot, type Versioned } from "../store/records";
import { messageOf, within } from "../wait";
import { Bell } from "./bell";
import { choose, locksOf } from "./choose";
import { inTerm } from "./in-term";
import { sweepJobs } from "./retention";
import { Runner, type JobEnvironment } from "./runner";
import { hasEnded } from "./state";
import { submitJob, type Submitted } from "./submit";
import type { JobLock } from "./type";
import type { JobTypes } from "./types";
import { writeJob, type JobStore } from "./write";

export interface JobEngineOptions extends JobStore {
  /** Name of this peer. */
  readonly peer: string;
  /** Term of this peer while it leads, else undefined. */
  readonly term: () => string | undefined;
  readonly types: JobTypes;
  /** In force until another one is committed. */
  readonly spec: ClusterSpec;
  /** What the steps work with where a spec is in force; jobs wait while it cannot be had. */
  readonly environment: (spec: ClusterSpec) => Promise<JobEnvironment>;
  readonly redactor: Redactor;
  readonly log: Log;
  /** Longest silence of an owner. @default 3000 */
  readonly heartbeatMs?: number;
  /** Longest time that a job, or the end of leadership, goes unnoticed. @default 200 */
  readonly tickMs?: number;
  /** How often jobs beyond their retention are looked for. @default 1 hour */
  readonly sweepMs?: number;
  /** Wall clock. @default Date.now */
  readonly clock?: () => number;
}

/** A new look at everything without any sign of a change, should one have been missed. */
const LOOK_MS = 5_000;
const SWEEP_MS = 60 * 60 * 1_000;
/** How long `stop` waits for steps that do not hear their signal. Docker kills the daemon 10 s after it asked it to stop. */
const STOP_MS = 4_000;
const TRIES = 5;

interface Active {
  readonly runner: Runner;
  readonly term: string;
  readonly locks: readonly JobLock[];
  readonly done: Promise<void>;
}

/** Works on the cluster's jobs while this peer leads: on new ones, and on those that a dead leader has left. */
export class JobEngine {
  private readonly active = new Map<string, Active>();
  private readonly bell = new Bell();
  private readonly stopping = new AbortController();
  /** Term that the jobs are looked after in. */
  private term: string | undefined;
  /** Revision that the cache must have reached; undefined asks for a read with quorum. */
  private seen: bigint | undefined;
  private sweptMs = -Infinity;
  private sweeping: Promise<unknown> | undefined;
  private problem: string | undefined;
  private guard: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;
  private loop: Promise<void> | undefined;

  constructor(private readonly o: JobEngineOptions) {}

  start(): void {
    if (this.loop) return;
    this.unsubscribe = this.o.records.onChange(this.bell.ring);
    this.guard = setInterval(() => this.watchTerm(), this.o.tickMs ?? 200);
    this.loop = this.run();
  }

  /** Lets go of all jobs, so that the next leader takes them up; waits until nothing is under way here. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.unsubscribe?.();
    clearInterval(this.guard);
    this.leaveAll("this daemon stops");
    this.bell.ring();
    const ended = Promise.all([this.loop, this.sweeping, ...[...this.active.values()].map((a) => a.done)]);
    await within(STOP_MS, "jobs", ended).catch(() =>
      this.o.log.warn(`steps did not stop within ${STOP_MS} ms: ${[...this.active.keys()].join(", ")}`),
    );
  }

  /** Throws BadJob, Conflict (the idempotency key is taken), TooManyJobs or NotLeader. */
  async submit(request: JobRequest): Promise<Submitted> {
    const { records, types } = this.o;
    this.leading();
    const snapshot = records.cached ?? (await records.read());
    const spec = this.specOf(snapshot);
    const submitted = await submitJob(this.o, types, request, { snapshot, spec, nowMs: this.nowMs() });
    this.lookAnew();
    return submitted;
  }

  /** A queued job ends at once, a running one at its next safe point. Throws NotFound, Conflict (it has ended) or NotLeader. */
  async cancel(id: string): Promise<Job> {
    this.leading();
    for (let tries = 1; ; tries += 1) {
      const running = await this.active.get(id)?.runner.cancel();
      if (running) return running;
      try {
        return await this.cancelInEtcd(id);
      } catch (error) {
        // It was taken up, or ended, meanwhile.
        if (!(error instanceof Changed) || tries === TRIES) throw error;
      }
    }
  }

  private async cancelInEtcd(id: string): Promise<Job> {
    const stored = (await this.o.records.read()).jobs.get(id);
    if (!stored)
      throw new NotFound(`there is no job "${id}": ended jobs are deleted after their retention time`);
    const { value: job, modRevision } = stored;
    if (job.state === "cancelled" || (job.cancelRequested && !hasEnded(job))) return job;
    if (hasEnded(job)) throw new Conflict(`job ${id} has ended already: ${job.state}`);
    const ended = { state: "cancelled" as const, endedAt: new Date(this.nowMs()).toISOString() };
    const next = { ...job, cancelRequested: true, ...(job.state === "queued" ? ended : {}) };
    return (await writeJob(this.o, next, modRevision)).value;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        this.watchTerm();
        if (this.term !== undefined) await this.look(this.term);
        this.problem = undefined;
      } catch (error) {
        this.report(messageOf(error));
      }
      await this.bell.wait(this.problem === undefined ? LOOK_MS : (this.o.tickMs ?? 200) * 5);
    }
  }

  /** Apart from the loop, which may be waiting for etcd: what this peer must stop, it must stop in time. */
  private watchTerm(): void {
    const term = this.stopping.signal.aborted ? undefined : this.o.term();
    if (term === this.term) return;
    this.leaveAll(`term ${this.term} has ended`);
    this.term = term;
    this.sweptMs = -Infinity;
    this.lookAnew();
  }

  /** Looks again now, at what etcd says: the cache may lag behind. */
  private lookAnew(): void {
    this.seen = undefined;
    this.bell.ring();
  }

  private async look(term: string): Promise<void> {
    const snapshot = await this.snapshot();
    const chosen = choose(snapshot, this.o.types, this.active);
    if (chosen.length > 0) {
      const spec = this.specOf(snapshot);
      const environment = await this.o.environment(spec);
      if (this.o.term() !== term || this.stopping.signal.aborted) return;
      for (const stored of chosen) this.takeUp(stored, term, spec, environment);
    }
    this.sweep(snapshot, term);
  }

  /** From the cache, once that has all that was there when this term began, or a job of ours ended. */
  private async snapshot(): Promise<Snapshot> {
    const { cached } = this.o.records;
    if (cached && this.seen !== undefined && BigInt(cached.revision) >= this.seen) return cached;
    this.seen = 0n;
    const read = await this.o.records.read().catch((error: unknown) => {
      this.seen = undefined;
      throw error;
    });
    // Unless something has happened meanwhile that this read may not have seen.
    if (this.seen !== undefined) this.seen = BigInt(read.revision);
    return read;
  }

  private takeUp(stored: Versioned<Job>, term: string, spec: ClusterSpec, environment: JobEnvironment): void {
    const { id } = stored.value;
    const { peer, types, heartbeatMs = 3_000 } = this.o;
    const type = types.get(stored.value.type);
    const records = inTerm(this.o.records, term, this.o.term);
    const runner = new Runner(stored, type, {
      ...this.o,
      records,
      owner: { peer, term },
      spec,
      environment,
      heartbeatMs,
    });
    const done = runner.run().finally(() => {
      this.active.delete(id);
      this.lookAnew();
    });
    this.active.set(id, { runner, term, locks: locksOf(types, stored.value), done });
  }

  private leaveAll(reason: string): void {
    for (const { runner } of this.active.values()) runner.leave(reason);
  }

  /** Beside the loop: to delete a thousand logs must not keep a job waiting. */
  private sweep(snapshot: Snapshot, term: string): void {
    if (this.sweeping || performance.now() - this.sweptMs < (this.o.sweepMs ?? SWEEP_MS)) return;
    this.sweptMs = performance.now();
    const days = this.specOf(snapshot).control.jobRetentionDays;
    const leads = (): boolean => this.term === term;
    this.sweeping = sweepJobs(this.o, snapshot, { days, nowMs: this.nowMs(), goOn: leads })
      .then(
        (n) => n > 0 && this.o.log.info({ deleted: n, days }, `deleted ${n} jobs older than ${days} days`),
      )
      .catch((error: unknown) => this.o.log.warn(`old jobs cannot be deleted: ${messageOf(error)}`))
      .finally(() => (this.sweeping = undefined));
  }

  private leading(): void {
    if (this.o.term() === undefined) throw new NotLeader(`${this.o.peer} does not lead: ask the leader`);
  }

  private specOf(snapshot: Snapshot): ClusterSpec {
    return snapshot.spec?.value.spec ?? this.o.spec;
  }

  private nowMs(): number {
    return (this.o.clock ?? Date.now)();
  }

  /** The same problem is told once. */
  private report(problem: string): void {
    if (problem !== this.problem) this.o.log.warn(`jobs cannot be looked after: ${problem}`);
    this.problem = problem;
  }
}
