import { seconds, type Alert } from "./alert";

/** What the leader does by a schedule, as alerts call it. */
export type Scheduled = "backup" | "drill";

const ALERTS = {
  backup: { bad: "BACKUP_ALERT", ok: "BACKUP_OK_ALERT" },
  drill: { bad: "DRILL_ALERT", ok: "DRILL_OK_ALERT" },
} as const;

interface ScheduledJob {
  /** What the job was to make, or to try. */
  readonly name: string;
  readonly job: string;
}

export function scheduledFailed(what: Scheduled, o: ScheduledJob & { readonly reason: string }): Alert {
  const { name, job, reason } = o;
  return {
    name: ALERTS[what].bad,
    severity: "critical",
    fields: { problem: "failed", [what]: name, job, reason },
    summary: `the scheduled ${what} ${name} has failed: ${reason}`,
  };
}

/** `lastGoodAt`: ISO 8601; undefined when none is on record. */
export function scheduledLate(
  what: Scheduled,
  o: { readonly lastGoodAt?: string; readonly sinceMs: number },
): Alert {
  return {
    name: ALERTS[what].bad,
    severity: "critical",
    fields: { problem: "late", last_good: o.lastGoodAt ?? "none", late_for: seconds(o.sinceMs) },
    summary: `two ${what}s in a row were due and none was made; the last good one is of ${o.lastGoodAt ?? "no known time"}`,
    sinceMs: o.sinceMs,
  };
}

export function scheduledMade(what: Scheduled, { name, job }: ScheduledJob): Alert {
  return {
    name: ALERTS[what].ok,
    severity: "info",
    fields: { [what]: name, job },
    summary: `the scheduled ${what} ${name} was made`,
    resolves: ALERTS[what].bad,
  };
}
