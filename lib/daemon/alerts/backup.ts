import { seconds, type Alert } from "./alert";

interface BackupAt {
  readonly backup: string;
  readonly job: string;
}

export function backupFailed({ backup, job, reason }: BackupAt & { readonly reason: string }): Alert {
  return {
    name: "BACKUP_ALERT",
    severity: "critical",
    fields: { problem: "failed", backup, job, reason },
    summary: `the scheduled backup ${backup} has failed: ${reason}`,
  };
}

/** `lastGoodAt`: ISO 8601; undefined when none is on record. */
export function backupLate(o: { readonly lastGoodAt?: string; readonly sinceMs: number }): Alert {
  return {
    name: "BACKUP_ALERT",
    severity: "critical",
    fields: { problem: "late", last_good: o.lastGoodAt ?? "none", late_for: seconds(o.sinceMs) },
    summary: `two backups in a row were due and none was made; the last good one is of ${o.lastGoodAt ?? "no known time"}`,
    sinceMs: o.sinceMs,
  };
}

export function backupMade({ backup, job }: BackupAt): Alert {
  return {
    name: "BACKUP_OK_ALERT",
    severity: "info",
    fields: { backup, job },
    summary: `the scheduled backup ${backup} was made`,
    resolves: "BACKUP_ALERT",
  };
}
