import type { Job, JobRequest } from "../../api/wire";
import { canonicalJson } from "../../spec/canonical";
import type { ClusterSpec } from "../../spec/spec";
import { Conflict } from "../errors";
import { Changed, type RecordChange, type Snapshot } from "../store/records";
import { TooManyJobs } from "./errors";
import { newJobId } from "./ids";
import { parseParams, typeNamed } from "./params";
import { hasEnded, reportsFor } from "./state";
import type { JobTypes } from "./types";
import { writeJob, type JobStore } from "./write";

export interface Submitted {
  readonly job: Job;
  /** False when the same idempotency key has made it before. */
  readonly created: boolean;
}

/** More than that wait for something that does not end. */
const MAX_WAITING = 1_000;

/**
 * Creates a job and the record of its idempotency key in one transaction: of two requests with the same key one is refused by
 * etcd, and finds the job of the other.
 */
export async function submitJob(
  store: JobStore,
  types: JobTypes,
  request: JobRequest,
  at: { snapshot: Snapshot; spec: ClusterSpec; nowMs: number },
): Promise<Submitted> {
  const job = newJob(types, request, at);
  const { idempotencyKey } = job;
  const before = idempotencyKey === undefined ? undefined : madeWith(at.snapshot, idempotencyKey);
  if (before) return same(before, job);
  refuseTooMany(at.snapshot);
  try {
    await writeJob(store, job, "0", keyRecord(store, job));
    return { job, created: true };
  } catch (error) {
    if (!(error instanceof Changed) || idempotencyKey === undefined) throw error;
    const first = madeWith(await store.records.read(), idempotencyKey);
    if (first) return same(first, job);
    throw new Conflict(
      `idempotency key "${idempotencyKey}" belongs to a job whose record cannot be read: use another key`,
      { cause: error },
    );
  }
}

function newJob(
  types: JobTypes,
  { type: name, params: given = {}, idempotencyKey }: JobRequest,
  { snapshot, spec, nowMs }: { snapshot: Snapshot; spec: ClusterSpec; nowMs: number },
): Job {
  const type = typeNamed(types, name);
  const params = parseParams(type, given);
  const newest = [...snapshot.jobs.keys()].reduce<string | undefined>(
    (max, id) => (max === undefined || id > max ? id : max),
    undefined,
  );
  return {
    id: newJobId(nowMs, newest),
    type: name,
    params,
    state: "queued",
    steps: reportsFor(type.steps(params, spec), []),
    progress: 0,
    attempts: 0,
    createdAt: new Date(nowMs).toISOString(),
    idempotencyKey,
  };
}

function keyRecord({ keys }: JobStore, { id, idempotencyKey }: Job): RecordChange[] {
  if (idempotencyKey === undefined) return [];
  return [{ key: keys.idempotency(idempotencyKey), value: { job: id }, expected: "0" }];
}

function madeWith({ jobs }: Snapshot, idempotencyKey: string): Job | undefined {
  return [...jobs.values()].find(({ value }) => value.idempotencyKey === idempotencyKey)?.value;
}

function same(first: Job, { type, params, idempotencyKey }: Job): Submitted {
  if (first.type === type && canonicalJson(first.params) === canonicalJson(params)) {
    return { job: first, created: false };
  }
  throw new Conflict(
    `idempotency key "${idempotencyKey}" has made job ${first.id} (${first.type}) with another type or other params: ` +
      "use a new key for a new job",
  );
}

function refuseTooMany({ jobs }: Snapshot): void {
  const waiting = [...jobs.values()].filter(({ value }) => !hasEnded(value)).length;
  if (waiting < MAX_WAITING) return;
  throw new TooManyJobs(`${waiting} jobs have not ended yet: cancel some, or find out what they wait for`);
}
