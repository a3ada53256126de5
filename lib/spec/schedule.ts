import { Cron } from "croner";
import type { BackupsSpec } from "./spec";

type Schedule = Required<Pick<BackupsSpec, "schedule" | "timeZone">>;

/** Why a schedule cannot be gone by, if so. */
export function scheduleProblem({ schedule, timeZone }: Schedule): string | undefined {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch {
    return `"${timeZone}" is no time zone: give the IANA name, e.g. "Europe/Berlin"`;
  }
  try {
    if (cron({ schedule, timeZone }).nextRun(new Date(0)) !== null) return undefined;
    return `"${schedule}" never comes`;
  } catch (error) {
    return `"${schedule}" is no schedule (${(error as Error).message}): give five fields of cron, e.g. "30 2 * * *"`;
  }
}

/** When it was due last at a moment, and the time before that: at most two, newest first. */
export function lastDue(schedule: Schedule, at: Date): Date[] {
  // croner gives those before the moment: one that is due right now is one of them.
  return cron(schedule).previousRuns(2, new Date(at.getTime() + 1));
}

function cron({ schedule, timeZone }: Schedule): Cron {
  return new Cron(schedule, { timezone: timeZone, mode: "5-part", paused: true });
}
