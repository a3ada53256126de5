import { setTimeout as sleep } from "node:timers/promises";
import { DaemonError } from "./errors";
import { serverEvents } from "./sse";
import type { OpenAnswer } from "./transport";
import type { Job, JobLogLine } from "./wire";

export interface JobLogSource {
  /** Opens GET /jobs/{id}/log behind a line. */
  open(after: number): Promise<OpenAnswer>;
  readonly signal?: AbortSignal;
  /** Tries in a row that may fail. @default 20 */
  readonly tries?: number;
  /** Milliseconds between two. @default 1000 */
  readonly pauseMs?: number;
}

/** A daemon sends at least a comment every 15 s. */
const SILENCE_MS = 45_000;

/**
 * Every line of a job's log exactly once, while they come, over lost connections and changes of leader; returns the job once it
 * has ended. Throws what the last try threw when none succeeds any more.
 */
export async function* followJobLog(source: JobLogSource, after = 0): AsyncGenerator<JobLogLine, Job> {
  let failures = 0;
  for (;;) {
    try {
      const answer = await source.open(after);
      for await (const { event, data } of events(answer)) {
        failures = 0;
        if (event === "end") return JSON.parse(data) as Job;
        if (event !== "line") continue;
        const line = JSON.parse(data) as JobLogLine;
        after = line.seq;
        yield line;
      }
      throw new Error("the log ended before the job did");
    } catch (error) {
      failures += 1;
      if (isFinal(error) || source.signal?.aborted || failures >= (source.tries ?? 20)) throw error;
    }
    await sleep(source.pauseMs ?? 1_000, undefined, { signal: source.signal });
  }
}

/** To ask again would not help: no such job, a wrong token … */
function isFinal(error: unknown): boolean {
  return error instanceof DaemonError && error.status < 500 && error.status !== 429;
}

/** Events of a stream until it ends; throws when nothing at all is heard for a while. */
export async function* events({ body, close }: OpenAnswer) {
  const silence = (): void => void body.destroy(new Error(`nothing heard for ${SILENCE_MS / 1000} s`));
  let timer = setTimeout(silence, SILENCE_MS);
  body.on("data", () => {
    clearTimeout(timer);
    timer = setTimeout(silence, SILENCE_MS);
  });
  body.pause();
  try {
    yield* serverEvents(body);
  } finally {
    clearTimeout(timer);
    close();
  }
}
