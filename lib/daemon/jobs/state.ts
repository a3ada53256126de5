import type { Job, JobStepReport } from "../../api/wire";
import type { JobStep } from "./type";

/** Whether nothing will happen to it any more. */
export function hasEnded({ state }: Pick<Job, "state">): boolean {
  return state === "succeeded" || state === "failed" || state === "cancelled";
}

/** Reports of the steps as they are now, keeping what an earlier leader has done of them. */
export function reportsFor(steps: readonly JobStep[], before: readonly JobStepReport[]): JobStepReport[] {
  return steps.map(({ name, title }) => {
    const known = before.find((report) => report.name === name && report.state === "done");
    return known ? { ...known, title } : { name, title, state: "pending" };
  });
}

/** 0 to 100, every step counting the same; 100 is kept for a job that has succeeded. */
export function progressOf(steps: readonly JobStepReport[], part: number): number {
  const done = steps.filter((s) => s.state === "done").length + Math.min(Math.max(part, 0), 1);
  return Math.min(99, Math.floor((100 * done) / Math.max(steps.length, 1)));
}
