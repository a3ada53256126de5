import type { Job } from "../../api/wire";
import { canonicalJson } from "../../spec/canonical";
import type { ClusterKeys } from "../keys";
import { Changed, type RecordChange, type Records, type Versioned } from "../store/records";

/** What every write of a job goes through. */
export interface JobStore {
  readonly records: Records;
  readonly keys: ClusterKeys;
}

/**
 * Writes a job if it has not changed since `expected`. When the answer to a write was lost, the write may have happened: then a
 * second try finds what it wanted to write, and has succeeded too. Throws Changed when somebody else was first.
 */
export async function writeJob(
  { records, keys }: JobStore,
  job: Job,
  expected: string,
  others: readonly RecordChange[] = [],
): Promise<Versioned<Job>> {
  try {
    const change = { key: keys.job(job.id), value: job, expected };
    return { value: job, modRevision: await records.commit([change, ...others]) };
  } catch (error) {
    if (!(error instanceof Changed)) throw error;
    const found = (await records.read()).jobs.get(job.id);
    if (!found || canonicalJson(found.value) !== canonicalJson(job)) throw error;
    return found;
  }
}
