import { randomUUID } from "node:crypto";
import type { Job, StagedSecrets } from "../../../api/wire";
import type { Drift } from "../../../plan/drift";
import type { ClusterSpec } from "../../../spec/spec";
import { log } from "../../log";
import type { PeerSession } from "../peer-session";
import { asked, failed } from "./ask";
import { jobEnd, progress } from "./job-end";

export interface ConvergeRequest {
  readonly from: ClusterSpec;
  readonly to: ClusterSpec;
  readonly unfinished?: ClusterSpec;
  readonly drift?: readonly Drift[];
}

export interface ConvergeOptions {
  /** Those that the change is to put in force: sent ahead, for what a job is told is kept in etcd. */
  readonly secrets?: StagedSecrets;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** Sessions that live on after `signal` has fired, to stop what it interrupts. */
  readonly lastWords: () => readonly PeerSession[];
}

const REFUSAL = "The cluster does not take the change";
/** For the job to come to its next safe point. */
const STOP_MS = 20_000;

/**
 * Hands the change to the leader and waits until it has ended. Throws when it fails: what it has done stays done, and the next
 * apply goes on from there.
 */
export async function converge(
  sessions: readonly PeerSession[],
  request: ConvergeRequest,
  o: ConvergeOptions,
): Promise<void> {
  const { secrets } = o;
  const ask = { signal: o.signal, refusal: REFUSAL };
  if (secrets) await asked(sessions, ask, (s) => s.daemon.stage(secrets));
  const submission = { type: "converge", params: { ...request }, idempotencyKey: randomUUID() };
  const { id } = await asked(sessions, ask, (s) => s.daemon.jobs.submit(submission));
  log.info(`job ${id} changes the cluster`);
  const job = await jobEnd(sessions, id, { ...ask, timeoutSeconds: o.timeoutSeconds, late }).catch(
    async (error: unknown) => {
      throw o.signal.aborted ? await interrupted(id, o) : error;
    },
  );
  if (job.state !== "succeeded") throw stopped(job);
}

const GO_ON =
  "The cluster serves on as it is. Apply again to go on from there, or put the old values back and apply to return to them.";

function stopped(job: Job): Error {
  const step = job.steps.find((s) => s.state === "failed")?.title;
  const titles = (state: string): string[] =>
    job.steps.filter((s) => s.state === state).map((s) => `  ${s.title}`);
  const lines = [
    job.error ?? "it was cancelled",
    ...listed("Done:", titles("done")),
    ...listed("Not begun:", titles("pending")),
    GO_ON,
  ];
  const at = step === undefined ? "" : ` at: ${step}`;
  return failed(
    `The change was ${job.state === "failed" ? "stopped" : "cancelled"}${at} (job ${job.id})`,
    lines.join("\n"),
  );
}

function listed(head: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [head, ...lines];
}

function late(job: Job, seconds: number): Error {
  const detail =
    `Job ${job.id} goes on: ${progress(job)}. Follow it with milvus-onprem jobs logs ${job.id}, and apply again once it has ended; ` +
    "raise timeouts.update where this is just slow.";
  return failed(`The change has not ended within ${seconds} s`, detail);
}

/** Whoever interrupts an apply wants it to stop: it does at the next safe point, between two containers. */
async function interrupted(id: string, { lastWords }: ConvergeOptions): Promise<Error> {
  const sessions = lastWords();
  const end = AbortSignal.timeout(STOP_MS);
  const summary = "Interrupted while the cluster was being changed";
  try {
    await asked(sessions, { signal: end, refusal: REFUSAL }, (s) => s.daemon.jobs.cancel(id));
    const detail = `Job ${id} stops at its next safe point. ${GO_ON}`;
    return failed(summary, detail);
  } catch (error) {
    const detail = `Job ${id} could not be told to stop and goes on by itself: ${(error as Error).message}`;
    return failed(summary, detail);
  } finally {
    for (const session of sessions) session.close();
  }
}
