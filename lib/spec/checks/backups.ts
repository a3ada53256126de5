import { scheduleProblem } from "../schedule";
import type { ClusterSpec, Problem } from "../spec";
import { checkWhole, errorIf } from "./problem";

const MOST = 1000;

export function checkBackups({ backups, storage }: ClusterSpec): Problem[] {
  if (!backups) return [];
  const { timeZone, drillSchedule, keep } = backups;
  const { last, daily, weekly, monthly } = keep;
  const problem = scheduleProblem(backups);
  const path = problem?.includes("time zone") ? "backups.timeZone" : "backups.schedule";
  return [
    ...errorIf(path, problem),
    ...(problem === undefined && drillSchedule !== undefined
      ? errorIf("backups.drillSchedule", scheduleProblem({ schedule: drillSchedule, timeZone }))
      : []),
    ...checkWhole("backups.keep.last", last, 1, MOST),
    ...Object.entries({ daily, weekly, monthly }).flatMap(([name, n]) =>
      checkWhole(`backups.keep.${name}`, n, 0, MOST),
    ),
    ...errorIf("backups", storage.kind === "s3" && storage.auth === "iam" ? NO_KEY : undefined),
  ];
}

const NO_KEY =
  'the daemons write backups with the access key of the object store, and auth "iam" has none: use auth "keys"';
