import type { JobLogLine } from "../../api/wire";
import type { Log } from "../log";
import { Serial } from "../serial";
import { Changed } from "../store/records";
import { persist } from "./persist";
import type { JobStore } from "./write";

export interface JobLogOptions extends JobStore {
  readonly jobId: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** @default 5000 */
  readonly maxLines?: number;
}

const MAX_LINES = 5_000;
/** A line that is longer is cut. */
const MAX_TEXT = 2_000;
/** etcd takes at most 128 operations in one transaction (--max-txn-ops). */
const BATCH = 100;
const FLUSH_MS = 500;

/** Writes a job's log, some lines at a time; what a leader had not written when it died is lost. */
export class JobLog {
  private readonly writes = new Serial();
  private readonly maxLines: number;
  private waiting: Omit<JobLogLine, "seq">[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** Of the last line in etcd; undefined until it was looked up. */
  private last: number | undefined;
  private taken = 0;

  constructor(private readonly o: JobLogOptions) {
    this.maxLines = o.maxLines ?? MAX_LINES;
  }

  append(text: string, level: JobLogLine["level"] = "info"): void {
    const at = new Date().toISOString();
    for (const line of text.split(/\r?\n/)) {
      // More than may be written need not be kept.
      if (this.taken++ < this.maxLines) this.waiting.push({ at, level, text: cut(line) });
    }
    this.timer ??= setTimeout(() => void this.flush().catch(() => undefined), FLUSH_MS);
  }

  /** Everything that was appended so far is in etcd when this resolves. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    return this.writes.run(() => this.writeAll());
  }

  /** Forgets what is not written. */
  close(): void {
    clearTimeout(this.timer);
    this.waiting = [];
  }

  private async writeAll(): Promise<void> {
    const { log, signal, jobId } = this.o;
    const onProblem = (problem: string): void =>
      log.warn({ job: jobId }, `cannot write the log of job ${jobId}: ${problem}`);
    while (this.waiting.length > 0) await persist(() => this.writeBatch(), { signal, onProblem });
  }

  private async writeBatch(): Promise<void> {
    const before = (this.last ??= await this.lastInEtcd());
    const numbered = this.waiting.slice(0, BATCH).map((line, i) => ({ seq: before + 1 + i, ...line }));
    const batch = this.bounded(numbered);
    if (batch.length > 0) this.last = await this.commit(batch);
    const isFull = batch.length === 0 || this.last >= this.maxLines;
    this.waiting.splice(0, isFull ? this.waiting.length : this.last - before);
  }

  /** Returns the number of the last line that is in etcd then. */
  private async commit(batch: readonly JobLogLine[]): Promise<number> {
    const { records, keys, jobId } = this.o;
    try {
      await records.commit(
        batch.map((line) => ({ key: keys.jobLogLine(jobId, line.seq), value: line, expected: "0" })),
      );
      return batch.at(-1)!.seq;
    } catch (error) {
      if (!(error instanceof Changed)) throw error;
      // An earlier try whose answer was lost has written them, for nobody else writes this log in our term.
      const found = await records.jobLog(jobId, batch[0]!.seq - 1);
      if (found[0]?.text !== batch[0]!.text || found[0].at !== batch[0]!.at) throw error;
      return found.at(-1)!.seq;
    }
  }

  /** The last line that fits says that it is the last. */
  private bounded(lines: readonly JobLogLine[]): JobLogLine[] {
    const text = `the log stops here: it holds at most ${this.maxLines} lines`;
    return lines
      .filter(({ seq }) => seq <= this.maxLines)
      .map((line) => (line.seq === this.maxLines ? { ...line, level: "warn" as const, text } : line));
  }

  private async lastInEtcd(): Promise<number> {
    return (await this.o.records.jobLog(this.o.jobId, 0)).at(-1)?.seq ?? 0;
  }
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`;
}
