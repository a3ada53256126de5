import type { Job } from "../../api/wire";
import type { Snapshot, Versioned } from "../store/records";
import { hasEnded } from "./state";
import type { JobTypes } from "./types";

/** Jobs without a common lock run beside each other, but not without bound. */
const MAX_BESIDE = 16;

/**
 * Jobs to take up now: none that is being worked on here, one for each lock, the ones that a predecessor has begun first, then
 * the oldest. Who the owner of a running job is and when it last gave a sign of life does not matter: this peer leads, so the
 * owner does not any more.
 */
export function choose(
  snapshot: Pick<Snapshot, "jobs">,
  types: JobTypes,
  active: ReadonlyMap<string, { readonly lock?: string }>,
): Versioned<Job>[] {
  const held = new Set([...active.values()].map(({ lock }) => lock));
  const chosen: Versioned<Job>[] = [];
  for (const stored of waiting(snapshot, active)) {
    const lock = types.get(stored.value.type)?.lock;
    if (lock !== undefined && held.has(lock)) continue;
    held.add(lock);
    chosen.push(stored);
  }
  return chosen.slice(0, Math.max(0, MAX_BESIDE - active.size));
}

function waiting({ jobs }: Pick<Snapshot, "jobs">, active: ReadonlyMap<string, unknown>): Versioned<Job>[] {
  const begun = ({ value }: Versioned<Job>): number => (value.state === "running" ? 0 : 1);
  return [...jobs]
    .filter(([id, { value }]) => value.id === id && !hasEnded(value) && !active.has(id))
    .map(([, stored]) => stored)
    .sort((a, b) => begun(a) - begun(b) || (a.value.id < b.value.id ? -1 : 1));
}
