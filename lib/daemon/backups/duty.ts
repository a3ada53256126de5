import type { BackupsSpec } from "../../spec/spec";
import type { Scheduled } from "../alerts/backup";

/** What the leader does by a schedule, as jobs of one type. */
export interface Duty {
  readonly what: Scheduled;
  readonly jobType: string;
  /** Of the names of such jobs, which the moment follows that they were due. */
  readonly prefix: string;
  schedule(backups: BackupsSpec): string | undefined;
  params(name: string, backups: BackupsSpec): Readonly<Record<string, unknown>>;
}

export const BACKUPS: Duty = {
  what: "backup",
  jobType: "create-backup",
  prefix: "scheduled-",
  schedule: ({ schedule }) => schedule,
  params: (name, { keep, timeZone }) => ({ name, retain: { keep, timeZone } }),
};

/** Of the newest backup, whatever it is called. */
export const DRILLS: Duty = {
  what: "drill",
  jobType: "drill-backup",
  prefix: "drill-",
  schedule: ({ drillSchedule }) => drillSchedule,
  params: () => ({}),
};

/** Whether a backup was made by the schedule, and not by a person. */
export function isScheduled(name: string): boolean {
  return name.startsWith(BACKUPS.prefix);
}
