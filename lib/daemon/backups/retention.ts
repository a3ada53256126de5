import type { BackupsSpec, KeepSpec } from "../../spec/spec";

export interface Aged {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** Backups that nothing keeps. A day, a week or a month is one of the schedule's own clock. Pure. */
export function expired<T extends Aged>(
  all: readonly T[],
  { keep, timeZone }: Pick<BackupsSpec, "keep" | "timeZone">,
): T[] {
  const newestFirst = [...all].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  const kept = new Set(newestFirst.slice(0, keep.last));
  for (const [span, count] of SPANS.map((s) => [s, keep[s.kept]] as const)) {
    const newest = new Map<string, T>();
    for (const backup of newestFirst) {
      const key = span.keyOf(dateIn(timeZone, backup.createdAt));
      if (!newest.has(key)) newest.set(key, backup);
    }
    for (const backup of [...newest.values()].slice(0, count)) kept.add(backup);
  }
  return newestFirst.filter((backup) => !kept.has(backup));
}

interface Span {
  readonly kept: Exclude<keyof KeepSpec, "last">;
  /** Equal for days of one span; `day` is midnight UTC of the date on the schedule's clock. */
  keyOf(day: Date): string;
}

const SPANS: readonly Span[] = [
  { kept: "daily", keyOf: (day) => day.toISOString().slice(0, 10) },
  { kept: "weekly", keyOf: (day) => mondayOf(day).toISOString().slice(0, 10) },
  { kept: "monthly", keyOf: (day) => day.toISOString().slice(0, 7) },
];

function mondayOf(day: Date): Date {
  const sinceMonday = (day.getUTCDay() + 6) % 7;
  return new Date(day.getTime() - sinceMonday * 86_400_000);
}

function dateIn(timeZone: string, at: string): Date {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(new Date(at));
  const part = (type: string): string => parts.find((p) => p.type === type)!.value;
  return new Date(`${part("year")}-${part("month")}-${part("day")}T00:00:00Z`);
}
