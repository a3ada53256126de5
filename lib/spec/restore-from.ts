import { BACKUP_NAME, targetText } from "./backups";
import type { ClusterSpec } from "./spec";

/** In the place of a name: the newest backup that is whole. */
export const LATEST = "latest";

/** LATEST is one, too. */
export function checkBackupName(text: string): string | undefined {
  if (BACKUP_NAME.test(text)) return undefined;
  return `"${text}" is not the name of a backup: 1 to 63 letters, digits, _ or -, with a letter or a digit first; or "${LATEST}"`;
}

/** Why a cluster cannot be formed from a backup: one that lies in itself is not there yet. */
export function restoreProblem({
  backups,
  storage,
}: Pick<ClusterSpec, "backups" | "storage">): string | undefined {
  if (backups?.target || storage.kind === "s3") return undefined;
  return "it restores from where backups lie, and without backups.target that is the cluster's own MinIO, which is empty when it is formed";
}

/** The step that comes after those that form the cluster, as a person reads it. */
export function restoreTitle(backup: string, spec: Pick<ClusterSpec, "backups">): string {
  const what = backup === LATEST ? "the newest backup" : `backup ${backup}`;
  const place = spec.backups?.target ? targetText(spec) : "the object store outside";
  return `restore ${what} of ${place}: every collection of it; users have to be made again`;
}
