import { DaemonUnreachableError } from "../../api/client";
import type { Job, JobLogLine } from "../../api/wire";
import type { Cluster } from "../cluster";
import { bar, ProgressLine } from "../progress";
import { colours } from "../style";

export interface FollowOptions {
  /** Show no log line, for standard output is a program's. */
  readonly quiet: boolean;
}

const LOOK_MS = 1_000;

/** The person stopped watching; the job goes on. */
export class StoppedWatching extends Error {
  constructor(job: Job) {
    super(`job ${job.id} (${job.type}) goes on; follow it with: milvus-onprem jobs logs ${job.id}`);
  }
}

/** Shows a job's log and progress on standard error until it has ended. Ctrl-C throws StoppedWatching. */
export async function followJob(cluster: Cluster, job: Job, { quiet }: FollowOptions): Promise<Job> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once("SIGINT", interrupt);
  const line = new ProgressLine();
  const looking = line.shown && !quiet ? watch(cluster, job, line) : undefined;
  try {
    const log = cluster.jobLog(job.id, { signal: stop.signal });
    for (;;) {
      const next = await log.next();
      if (next.done) return next.value;
      if (!quiet) line.note(logText(next.value, process.stderr));
    }
  } catch (error) {
    if (stop.signal.aborted) throw new StoppedWatching(job);
    throw error instanceof DaemonUnreachableError ? lostSight(job, error) : error;
  } finally {
    process.removeListener("SIGINT", interrupt);
    looking?.();
    line.end();
  }
}

/** One line of a log for a person. */
export function logText({ at, level, text }: JobLogLine, stream: { isTTY?: boolean }): string {
  const c = colours(stream);
  const mark = { info: "", warn: c.yellow("warning: "), error: c.red("error: ") }[level];
  return `${c.dim(at.slice(11, 19))} ${mark}${text}`;
}

/** Keeps the progress line true; returns how to stop. A look that fails is made again. */
function watch(cluster: Cluster, job: Job, line: ProgressLine): () => void {
  const look = (): void => {
    cluster
      .ask((client) => client.jobs.get(job.id))
      .then((found) => stopped || line.show(progressOf(found)), ignore);
  };
  let stopped = false;
  line.show(progressOf(job));
  const timer = setInterval(look, LOOK_MS);
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}

function progressOf({ type, state, progress, steps, detail }: Job): string {
  const step = steps.find((s) => s.state === "running")?.title;
  const doing = [step, detail].filter(Boolean).join(": ");
  return `${type} ${bar(progress)} ${doing || state}`;
}

const ignore = (): undefined => undefined;

function lostSight(job: Job, { message }: Error): Error {
  return new Error(
    `${message}\njob ${job.id} goes on while there is a leader; see milvus-onprem jobs show ${job.id}`,
  );
}
