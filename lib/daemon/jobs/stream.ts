import { Readable } from "node:stream";
import type { Job, JobLogLine } from "../../api/wire";
import type { Records } from "../store/records";
import { Bell } from "./bell";
import { hasEnded } from "./state";

export interface LogStreamOptions {
  readonly records: Records;
  readonly job: Job;
  /** Number of the last line that the reader has. */
  readonly after: number;
  /** Fires when the reader has gone. */
  readonly signal: AbortSignal;
  /** Longest silence, in milliseconds, so that nothing on the way takes the connection for dead. @default 15000 */
  readonly keepAliveMs?: number;
}

const KEEP_ALIVE_MS = 15_000;

/** A job's log as server-sent events: each line, and `end` with the job once it has ended. */
export function jobLogStream(o: LogStreamOptions): Readable {
  return Readable.from(events(o), { objectMode: false });
}

async function* events(o: LogStreamOptions): AsyncGenerator<string> {
  const bell = new Bell();
  const lines: JobLogLine[] = [];
  const { records, job, signal, after } = o;
  const stops = [
    records.onChange(bell.ring),
    await records.followJobLog(job.id, after, (line) => {
      lines.push(line);
      bell.ring();
    }),
  ];
  signal.addEventListener("abort", bell.ring, { once: true });
  try {
    // Sends the headers, and tells a browser how soon to come back.
    yield "retry: 1000\n\n";
    yield* follow(o, bell, lines);
  } finally {
    signal.removeEventListener("abort", bell.ring);
    for (const stop of stops) stop();
  }
}

async function* follow(o: LogStreamOptions, bell: Bell, lines: JobLogLine[]): AsyncGenerator<string> {
  const { records, signal, keepAliveMs = KEEP_ALIVE_MS } = o;
  let last = o.after;
  let spokeMs = performance.now();
  while (!signal.aborted) {
    const job = latest(o);
    // A job ends after its last line is written, so whoever reads once more then has the whole log.
    if (hasEnded(job)) lines.push(...(await records.jobLog(job.id, last)));
    for (const line of lines.splice(0)) {
      if (line.seq <= last) continue;
      last = line.seq;
      spokeMs = performance.now();
      yield event("line", line, line.seq);
    }
    if (hasEnded(job)) return yield event("end", job);
    await bell.wait(Math.max(0, spokeMs + keepAliveMs - performance.now()));
    if (performance.now() - spokeMs < keepAliveMs) continue;
    spokeMs = performance.now();
    yield ": still here\n\n";
  }
}

/** The cache of a follower may not have the job yet. */
function latest({ records, job }: LogStreamOptions): Job {
  return hasEnded(job) ? job : (records.cached?.jobs.get(job.id)?.value ?? job);
}

function event(name: string, data: unknown, id?: number): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
