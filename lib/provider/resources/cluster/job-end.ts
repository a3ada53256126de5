import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "../../../api/wire";
import { log } from "../../log";
import type { PeerSession } from "../peer-session";
import { asked, POLL_MS, type AskOptions } from "./ask";

export interface JobEndOptions extends AskOptions {
  readonly timeoutSeconds: number;
  /** What a job that takes longer means. */
  readonly late: (job: Job, seconds: number) => Error;
}

/** Waits until a job has ended, and logs how far it is. Throws when it takes too long, and when whoever waits is interrupted. */
export async function jobEnd(
  sessions: readonly PeerSession[],
  id: string,
  { timeoutSeconds, late, ...ask }: JobEndOptions,
): Promise<Job> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  let told = "";
  for (;;) {
    const job = await asked(sessions, ask, (s) => s.daemon.jobs.get(id));
    if (["succeeded", "failed", "cancelled"].includes(job.state)) return job;
    if (progress(job) !== told) log.info((told = progress(job)));
    if (performance.now() > deadline) throw late(job, timeoutSeconds);
    await sleep(POLL_MS, undefined, { signal: ask.signal });
  }
}

/** How far it is, for a person. */
export function progress({ steps, detail, state }: Job): string {
  const step = steps.find((s) => s.state === "running")?.title;
  return [step ?? state, detail].filter(Boolean).join(": ");
}
