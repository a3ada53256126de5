import type { Job, JobRequest } from "../../api/wire";
import { lastDue } from "../../spec/schedule";
import type { BackupsSpec } from "../../spec/spec";
import type { Alert, AlertSink } from "../alerts/alert";
import { scheduledFailed, scheduledLate, scheduledMade } from "../alerts/backup";
import { hasEnded } from "../jobs/state";
import type { Log } from "../log";
import { messageOf } from "../wait";
import type { Duty } from "./duty";

export interface BackupScheduleOptions {
  readonly duty: Duty;
  /** What is submitted first where both are due: a drill is to try the backup of the same time. */
  readonly after?: BackupSchedule;
  /** As it is in force now. */
  readonly backups: () => BackupsSpec | undefined;
  readonly leads: () => boolean;
  /** All that are known. */
  readonly jobs: () => readonly Job[];
  readonly submit: (request: JobRequest) => Promise<unknown>;
  readonly alerts: AlertSink;
  readonly log: Pick<Log, "info" | "warn">;
  /** @default 10000 */
  readonly tickMs?: number;
  /** Wall clock. @default Date.now */
  readonly clock?: () => number;
}

const TICK_MS = 10_000;
/** A leader that comes into office so long after a time makes up for it; after a longer outage the next time is near enough. */
const CATCH_UP_MS = 600_000;
/** For a backup to be under way, let alone done, before it counts as missing. */
const GRACE_MS = 600_000;

/**
 * Has the leader do its duty when it is due, each time once whoever leads: the time is the job's idempotency key. And tells when one has
 * failed, or when none was made for two times in a row.
 */
export class BackupSchedule {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  /** The last time that there is a job for. */
  private handled = 0;
  /** Since when this peer has led and has had the schedule that it has: before, nobody can be blamed. */
  private since: { readonly ms: number; readonly schedule: string } | undefined;
  /** Id of the job that was last looked at. */
  private toldOf: string | undefined;
  /** Time that was the last one when it was told that backups are late. */
  private lateSince: number | undefined;
  private isBad = false;

  constructor(private readonly o: BackupScheduleOptions) {}

  start(): void {
    this.timer ??= setInterval(() => void this.look(), this.o.tickMs ?? TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private look(): Promise<void> {
    this.looking ??= Promise.resolve(this.o.after?.look())
      .then(() => this.once())
      .catch((error: unknown) => this.o.log.warn(`backups cannot be scheduled: ${messageOf(error)}`))
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async once(): Promise<void> {
    const backups = this.o.backups();
    const schedule = backups && this.o.duty.schedule(backups);
    if (schedule === undefined || !this.o.leads()) {
      this.since = undefined;
      return;
    }
    const nowMs = (this.o.clock ?? Date.now)();
    const { timeZone } = backups!;
    const key = `${schedule} ${timeZone}`;
    if (this.since?.schedule !== key) this.since = { ms: nowMs, schedule: key };
    const due = lastDue({ schedule, timeZone }, new Date(nowMs));
    this.tell(due, nowMs);
    const [last] = due;
    if (last && last.getTime() > this.handled && nowMs - last.getTime() <= CATCH_UP_MS)
      await this.submit(last, backups!);
  }

  private async submit(due: Date, backups: BackupsSpec): Promise<void> {
    const { duty } = this.o;
    // One that still waits for its turn is as good as another: a long one must not be followed by all that were due meanwhile.
    if (this.own().some(({ state }) => state === "queued")) return;
    const name = `${duty.prefix}${due.toISOString().replace(/[-:]|\.\d+/g, "")}`;
    if (!this.o.jobs().some((job) => job.idempotencyKey === name)) {
      await this.o.submit({ type: duty.jobType, params: duty.params(name, backups), idempotencyKey: name });
      this.o.log.info({ [duty.what]: name }, `a ${duty.what} is due`);
    }
    this.handled = due.getTime();
  }

  private tell(due: readonly Date[], nowMs: number): void {
    const jobs = this.own();
    const ended = jobs.filter(hasEnded).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    this.tellOfLast(ended);
    const success = ended.find(({ state }) => state === "succeeded");
    if (jobs.every(hasEnded)) this.tellOfLate(due, success, nowMs);
  }

  private own(): Job[] {
    const { jobType, prefix } = this.o.duty;
    return this.o
      .jobs()
      .filter(({ type, idempotencyKey }) => type === jobType && idempotencyKey?.startsWith(prefix));
  }

  private tellOfLast([last, before]: readonly Job[]): void {
    if (!last || last.id === this.toldOf) return;
    this.toldOf = last.id;
    const at = { name: last.idempotencyKey!, job: last.id };
    const { what } = this.o.duty;
    if (last.state === "failed") this.raise(scheduledFailed(what, { ...at, reason: last.error ?? "" }));
    // A leader before this one may have told that it went wrong.
    if (last.state === "succeeded" && (this.isBad || before?.state === "failed")) {
      this.o.alerts.raise(scheduledMade(what, at));
      this.isBad = false;
    }
  }

  private tellOfLate([last, before]: readonly Date[], success: Job | undefined, nowMs: number): void {
    if (!last || !before || nowMs < last.getTime() + GRACE_MS || this.lateSince === last.getTime()) return;
    const goodMs = Math.max(success ? Date.parse(success.createdAt) : 0, this.since!.ms);
    if (goodMs >= before.getTime()) return;
    this.lateSince = last.getTime();
    const sinceMs = nowMs - before.getTime();
    this.raise(scheduledLate(this.o.duty.what, { lastGoodAt: success?.createdAt, sinceMs }));
  }

  private raise(alert: Alert): void {
    this.isBad = true;
    this.o.alerts.raise(alert);
  }
}
