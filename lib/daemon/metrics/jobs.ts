import type { JobState } from "../../api/wire";
import type { JobFact } from "./facts";

const STATES: readonly JobState[] = ["queued", "running", "succeeded", "failed", "cancelled"];

/** Every state of every type that has ever run, also with 0, so that a rate or an alert has something to look at. */
export function countJobs(jobs: readonly JobFact[]): { type: string; state: JobState; count: number }[] {
  return typesOf(jobs).flatMap((type) =>
    STATES.map((state) => ({
      type,
      state,
      count: jobs.filter((j) => j.type === type && j.state === state).length,
    })),
  );
}

/** How long the last job of each type took, and when one last succeeded (seconds since 1970). */
export function lastOfEachType(
  jobs: readonly JobFact[],
): { type: string; seconds?: number; succeededAt?: number }[] {
  return typesOf(jobs).map((type) => {
    const ended = jobs
      .filter((j) => j.type === type && j.endedAt !== undefined && j.startedAt !== undefined)
      .sort((a, b) => time(b.endedAt!) - time(a.endedAt!));
    const success = ended.find((j) => j.state === "succeeded");
    const last = ended[0];
    return {
      type,
      seconds: last && time(last.endedAt!) - time(last.startedAt!),
      succeededAt: success && time(success.endedAt!),
    };
  });
}

function typesOf(jobs: readonly JobFact[]): string[] {
  return [...new Set(jobs.map((j) => j.type))].sort();
}

function time(iso: string): number {
  return Date.parse(iso) / 1000;
}
