import { Token } from "cdktf";
import type { BackupsInput, BackupTargetInput, S3TargetInput } from "../../lib/spec/spec";
import type { BackupsProps, S3BackupTargetProps } from "../backups";
import type { MilvusClusterResourceConfig } from "../bindings/milvus-cluster-resource";
import { known, knownEntries } from "./known";

/** Stand for what is known only when Terraform runs. */
const UNKNOWN_SCHEDULE = "0 0 * * *";
const UNKNOWN_ENDPOINT = "https://s3.unknown.invalid";
const UNKNOWN_BUCKET = "unknown";
const UNKNOWN_DIRECTORY = "/mnt/unknown";

/** Backups as the properties say them, without secrets. */
export function backupsInput({ target, encryption, ...backups }: BackupsProps): BackupsInput {
  return {
    ...backups,
    target: target && { ...target, s3: target.s3 && withoutKeys(target.s3) },
    encryption: encryption && "age",
  };
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
    target: target && knownTarget(target),
  };
}

function knownTarget({ s3, directory, prefix }: BackupTargetInput): BackupTargetInput {
  return {
    s3: s3 && {
      ...knownEntries(s3),
      endpoint: known(s3.endpoint) ?? UNKNOWN_ENDPOINT,
      bucket: known(s3.bucket) ?? UNKNOWN_BUCKET,
    },
    directory: directory && (known(directory) ?? UNKNOWN_DIRECTORY),
    ...knownEntries({ prefix }),
  };
}

type BackupSecrets = Pick<
  MilvusClusterResourceConfig,
  "backupAccessKey" | "backupSecretKey" | "backupIdentity"
>;

/** What the target asks for, and what contents are encrypted by. */
export function backupSecrets({ target, encryption }: BackupsProps): BackupSecrets {
  return {
    ...{ backupAccessKey: target?.s3?.accessKey, backupSecretKey: target?.s3?.secretKey },
    backupIdentity: encryption?.ageIdentity,
  };
}

/** Secrets that would stand readable in cdk.tf.json, by their property. */
export function literalBackupSecrets({ target, encryption }: BackupsProps): string[] {
  const given = {
    "backups.target.s3.secretKey": target?.s3?.secretKey,
    "backups.encryption.ageIdentity": encryption?.ageIdentity,
  };
  return Object.entries(given).flatMap(([path, value]) =>
    value !== undefined && !Token.isUnresolved(value) ? [path] : [],
  );
}
