import type { JobType } from "./type";
import { backupEtcd } from "./types/backup-etcd";
import { createBackup } from "./types/backups/create";
import { drillBackup } from "./types/backups/drill";
import { deleteBackup } from "./types/backups/delete";
import { restoreBackup } from "./types/backups/restore";
import { verifyBackup } from "./types/backups/verify";
import { converge } from "./types/converge";
import { maintenance } from "./types/maintenance";
import { reboot } from "./types/reboot";
import { rotateToken } from "./types/rotate-token";
import { smoke } from "./types/smoke";
import { startCluster } from "./types/start-cluster";
import { stopCluster } from "./types/stop-cluster";

/** Every kind of job that this version knows, by name. */
export type JobTypes = ReadonlyMap<string, JobType>;

/** Throws when two types have the same name. */
export function jobTypes(types: readonly JobType[]): JobTypes {
  const byName = new Map(types.map((type) => [type.name, type]));
  if (byName.size !== types.length) throw new Error("two job types have the same name");
  return byName;
}

/** For type inference where a type is written. */
export function jobType<P>(type: JobType<P>): JobType {
  return type as unknown as JobType;
}

export const JOB_TYPES: JobTypes = jobTypes([
  jobType(backupEtcd),
  jobType(converge),
  jobType(createBackup),
  jobType(deleteBackup),
  jobType(drillBackup),
  jobType(maintenance),
  jobType(reboot),
  jobType(restoreBackup),
  jobType(rotateToken),
  jobType(smoke),
  jobType(startCluster),
  jobType(stopCluster),
  jobType(verifyBackup),
]);
