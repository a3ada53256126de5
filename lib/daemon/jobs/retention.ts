import type { Job } from "../../api/wire";
import { Changed, type RecordChange, type Snapshot, type Versioned } from "../store/records";
import { hasEnded } from "./state";
import type { JobStore } from "./write";

const DAY_MS = 24 * 60 * 60 * 1_000;
/** etcd takes at most 128 operations in one transaction (--max-txn-ops). */
const BATCH = 100;

/** Jobs that ended more than `days` ago, oldest first. */
export function expiredJobs({ jobs }: Pick<Snapshot, "jobs">, days: number, nowMs: number): Versioned<Job>[] {
  const ended = ({ endedAt, createdAt }: Job): number => Date.parse(endedAt ?? createdAt);
  return [...jobs.values()]
    .filter(({ value }) => hasEnded(value) && nowMs - ended(value) > days * DAY_MS)
    .sort((a, b) => (a.value.id < b.value.id ? -1 : 1));
}

/** Deletes jobs beyond their retention while `goOn` says so; returns how many. */
export async function sweepJobs(
  store: JobStore,
  snapshot: Pick<Snapshot, "jobs">,
  o: { days: number; nowMs: number; goOn: () => boolean },
): Promise<number> {
  let deleted = 0;
  for (const job of expiredJobs(snapshot, o.days, o.nowMs)) {
    if (!o.goOn()) break;
    if (await deleteJob(store, job)) deleted += 1;
  }
  return deleted;
}

/**
 * Deletes a job that has ended, with its log and its idempotency key. The log goes first: as long as the job is there, whoever
 * died in the middle is followed by somebody who finishes. Returns whether it was deleted here.
 */
export async function deleteJob(
  store: JobStore,
  { value: job, modRevision }: Versioned<Job>,
): Promise<boolean> {
  const { records, keys } = store;
  const lines = await records.jobLog(job.id, 0);
  for (let i = 0; i < lines.length; i += BATCH) {
    const batch = lines.slice(i, i + BATCH);
    await records.commit(batch.map(({ seq }) => ({ key: keys.jobLogLine(job.id, seq), value: undefined })));
  }
  const { idempotencyKey } = job;
  const key: RecordChange[] =
    idempotencyKey === undefined ? [] : [{ key: keys.idempotency(idempotencyKey), value: undefined }];
  try {
    await records.commit([{ key: keys.job(job.id), value: undefined, expected: modRevision }, ...key]);
    return true;
  } catch (error) {
    if (error instanceof Changed) return false;
    throw error;
  }
}
