import type { Job } from "../../api/wire";
import type { Snapshot, Versioned } from "../store/records";
import { hasEnded } from "./state";
import type { JobLock } from "./type";
import type { JobTypes } from "./types";

/** Jobs without a common lock run beside each other, but not without bound. */
const MAX_BESIDE = 16;

/**
 * Jobs to take up now: none that is being worked on here, one for each lock and none without all of its locks, the ones that a
 * predecessor has begun first, then the oldest. Who the owner of a running job is and when it last gave a sign of life does not
 * matter: this peer leads, so the owner does not any more.
 */
export function choose(
  snapshot: Pick<Snapshot, "jobs">,
  types: JobTypes,
  active: ReadonlyMap<string, { readonly locks: readonly JobLock[] }>,
): Versioned<Job>[] {
  const held = new Set([...active.values()].flatMap(({ locks }) => locks));
  const chosen: Versioned<Job>[] = [];
  for (const stored of waiting(snapshot, active)) {
    const locks = locksOf(types, stored.value);
    if (!locks.some((lock) => held.has(lock))) chosen.push(stored);
    // Also of one that has to wait: a younger one must not overtake it.
    for (const lock of locks) held.add(lock);
  }
  return chosen.slice(0, Math.max(0, MAX_BESIDE - active.size));
}

/** What a job holds while it runs. One whose parameters cannot be read ends at once. */
export function locksOf(types: JobTypes, { type: name, params }: Job): JobLock[] {
  const type = types.get(name);
  if (!type) return [];
  const read = type.alsoLocks && type.params.safeParse(params);
  const also = read?.success ? type.alsoLocks!(read.data) : [];
  return [...(type.lock === undefined ? [] : [type.lock]), ...also];
}

function waiting({ jobs }: Pick<Snapshot, "jobs">, active: ReadonlyMap<string, unknown>): Versioned<Job>[] {
  const begun = ({ value }: Versioned<Job>): number => (value.state === "running" ? 0 : 1);
  return [...jobs]
    .filter(([id, { value }]) => value.id === id && !hasEnded(value) && !active.has(id))
    .map(([, stored]) => stored)
    .sort((a, b) => begun(a) - begun(b) || (a.value.id < b.value.id ? -1 : 1));
}
