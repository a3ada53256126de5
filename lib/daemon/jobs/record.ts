import type { Job } from "../../api/wire";
import type { Log } from "../log";
import { Serial } from "../serial";
import type { Versioned } from "../store/records";
import { persist } from "./persist";
import { writeJob, type JobStore } from "./write";

export interface JobRecordOptions extends JobStore {
  readonly log: Log;
  /** Fires when this leader must leave the job. */
  readonly signal: AbortSignal;
  /** Longest silence of an owner, in milliseconds. */
  readonly heartbeatMs: number;
  /** Somebody else has written it: this leader no longer owns it. */
  readonly onLost: (reason: Error) => void;
}

/** A job as its owner writes it: one write after the other, each a compare-and-set on what the owner wrote last. */
export class JobRecord {
  private readonly writes = new Serial();
  private value: Job;
  private modRevision: string;
  private noted = false;
  private writtenMs = -Infinity;
  private beating: NodeJS.Timeout | undefined;

  constructor(
    stored: Versioned<Job>,
    private readonly o: JobRecordOptions,
  ) {
    this.value = stored.value;
    this.modRevision = stored.modRevision;
  }

  get job(): Job {
    return this.value;
  }

  /** A change that may wait for a moment, and be lost with the leader. */
  note(change: Partial<Job>): void {
    this.value = { ...this.value, ...change };
    this.noted = true;
  }

  /** A change that is in etcd when this resolves. Rejects when this leader no longer owns the job. */
  save(change: Partial<Job>): Promise<void> {
    this.note(change);
    return this.writes.run(() => this.write());
  }

  /** Writes what was noted once a second, and a sign of life when there is nothing to write. */
  startBeating(): void {
    const everyMs = Math.min(1_000, this.o.heartbeatMs / 2);
    this.beating ??= setInterval(() => void this.beat().catch(() => undefined), everyMs);
  }

  stopBeating(): void {
    clearInterval(this.beating);
  }

  private async beat(): Promise<void> {
    const due = performance.now() - this.writtenMs >= this.o.heartbeatMs;
    if (!this.noted && !due) return;
    // Time is counted from here, so that a slow etcd is not sent one heartbeat after the other.
    this.writtenMs = performance.now();
    this.noted = false;
    await this.writes.run(() => this.write());
  }

  private async write(): Promise<void> {
    const { log, signal, onLost } = this.o;
    this.noted = false;
    const next = (this.value = { ...this.value, heartbeatAt: new Date().toISOString() });
    const onProblem = (problem: string): void =>
      log.warn({ job: next.id }, `cannot write job ${next.id}: ${problem}`);
    try {
      const written = await persist(() => writeJob(this.o, next, this.modRevision), { signal, onProblem });
      this.modRevision = written.modRevision;
      this.writtenMs = performance.now();
    } catch (error) {
      onLost(error as Error);
      throw error;
    }
  }
}
