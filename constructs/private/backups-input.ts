import { Token } from "cdktf";
import type { BackupsInput, S3TargetInput } from "../../lib/spec/spec";
import type { BackupsProps, S3BackupTargetProps } from "../backups";
import type { MilvusClusterResourceConfig } from "../bindings/milvus-cluster-resource";
import { known, knownEntries } from "./known";

/** Stand for what is known only when Terraform runs. */
const UNKNOWN_SCHEDULE = "0 0 * * *";
const UNKNOWN_ENDPOINT = "https://s3.unknown.invalid";
const UNKNOWN_BUCKET = "unknown";

/** Backups as the properties say them, without secrets. */
export function backupsInput({ target, ...backups }: BackupsProps): BackupsInput {
  if (!target) return backups;
  return { ...backups, target: { s3: withoutKeys(target.s3) } };
}

function withoutKeys({
  accessKey: _accessKey,
  secretKey: _secretKey,
  ...s3
}: S3BackupTargetProps): S3TargetInput {
  return s3;
}

/** The same as far as it is known at synth. */
export function knownBackups(props: BackupsProps): BackupsInput {
  const { schedule, drillSchedule, keep, target, ...backups } = backupsInput(props);
  const time = (given: string | undefined) => given && (known(given) ?? UNKNOWN_SCHEDULE);
  return {
    ...knownEntries(backups),
    ...{ schedule: time(schedule), drillSchedule: time(drillSchedule), keep: knownEntries(keep) },
    target: target && {
      s3: {
        ...knownEntries(target.s3),
        endpoint: known(target.s3.endpoint) ?? UNKNOWN_ENDPOINT,
        bucket: known(target.s3.bucket) ?? UNKNOWN_BUCKET,
      },
    },
  };
}

type BackupSecrets = Pick<MilvusClusterResourceConfig, "backupAccessKey" | "backupSecretKey">;

/** What the target asks for. */
export function backupSecrets({ target }: BackupsProps): BackupSecrets {
  return { backupAccessKey: target?.s3.accessKey, backupSecretKey: target?.s3.secretKey };
}

/** Secrets that would stand readable in cdk.tf.json, by their property. */
export function literalBackupSecrets({ target }: BackupsProps): string[] {
  const literal = target !== undefined && !Token.isUnresolved(target.s3.secretKey);
  return literal ? ["backups.target.s3.secretKey"] : [];
}
