import { scheduleProblem } from "../schedule";
import type { BackupsSpec, ClusterSpec, ClusterSpecInput, Problem } from "../spec";
import { checkTarget } from "./backup-target";
import { unfitFor } from "../backups";
import { RESTORES_TO } from "../milvus-backup";
import { lineNumber } from "../version";
import { checkWhole, error, errorIf, warning } from "./problem";

const MOST = 1000;

export function checkBackups(input: ClusterSpecInput, spec: ClusterSpec): Problem[] {
  const { backups, storage } = spec;
  if (!backups) return [];
  const { target, keep } = backups;
  const { last, daily, weekly, monthly } = keep;
  const keyless = !target && storage.kind === "s3" && storage.auth === "iam";
  return [
    ...checkPurpose(backups),
    ...checkEngine(spec, backups),
    ...checkSchedules(backups),
    ...checkWhole("backups.keep.last", last, 1, MOST),
    ...Object.entries({ daily, weekly, monthly }).flatMap(([name, n]) =>
      checkWhole(`backups.keep.${name}`, n, 0, MOST),
    ),
    ...(target ? checkTarget(input.backups!.target!, target, spec) : []),
    ...errorIf("backups", keyless ? NO_KEY : undefined),
  ];
}

const NO_KEY =
  'the daemons write backups with the access key of the object store, and auth "iam" has none: use auth "keys", or give backups a target of their own';

function checkPurpose({ schedule, drillSchedule, target, encryption, engine }: BackupsSpec): Problem[] {
  if (schedule !== undefined || drillSchedule !== undefined || target || encryption || engine) return [];
  const what = "they have neither a schedule nor a target nor an encryption nor an engine";
  return [error("backups", `${what}: say when, or where, or how, or leave them out`)];
}

/** What milvus-backup cannot do is told before a night's backup fails. */
function checkEngine(spec: ClusterSpec, { engine, drillSchedule }: BackupsSpec): Problem[] {
  if (engine !== "milvus-backup") return [];
  const noReturn =
    lineNumber(spec.version) < RESTORES_TO
      ? [warning(`backups.engine`, `${NO_RETURN}, and this is ${spec.version}`)]
      : [];
  return [
    ...errorIf("backups.engine", unfitFor(spec)),
    ...errorIf("backups.drillSchedule", drillSchedule === undefined ? undefined : NO_DRILL),
    ...noReturn,
  ];
}

const NO_DRILL =
  "a drill compares rows with those of the backup, and what the engine milvus-backup makes are files that only Milvus reads: leave it out, or use the engine portable";
const NO_RETURN =
  "milvus-backup makes backups of every version, but restores them into Milvus 2.4 or newer only";

/** A time zone that is none is told once. */
function checkSchedules({ schedule, drillSchedule, timeZone }: BackupsSpec): Problem[] {
  for (const [name, given] of Object.entries({ schedule, drillSchedule })) {
    const problem = given === undefined ? undefined : scheduleProblem({ schedule: given, timeZone });
    if (problem === undefined) continue;
    return [error(problem.includes("time zone") ? "backups.timeZone" : `backups.${name}`, problem)];
  }
  return [];
}
