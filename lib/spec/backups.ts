import { DEFAULT_TIME_ZONE, KEPT_BACKUPS } from "./defaults";
import { hostPort } from "./host";
import { overlay } from "./overlay";
import type {
  BackupsInput,
  BackupsSpec,
  BackupTargetInput,
  BackupTargetSpec,
  ClusterSpec,
  S3TargetInput,
  S3TargetSpec,
} from "./spec";
import { parseEndpoint } from "./storage";

/** Also a folder of the target: no sign in it means anything to a shell, an object store or a path. */
export const BACKUP_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Backups with their defaults; the cluster's name is its folder of a target. */
export function backupsSpec(
  { schedule, timeZone, keep, drillSchedule, target, encryption }: BackupsInput,
  cluster: string,
): BackupsSpec {
  return overlay<BackupsSpec>(
    { timeZone: timeZone ?? DEFAULT_TIME_ZONE, keep: overlay(KEPT_BACKUPS, keep) },
    { schedule, drillSchedule, target: target && targetSpec(target, cluster), encryption },
  );
}

/** Of both, which is refused, the store. */
function targetSpec({ s3, directory = "", prefix }: BackupTargetInput, cluster: string): BackupTargetSpec {
  return s3 ? s3Target(s3, cluster) : { kind: "directory", path: directory, prefix: prefix ?? cluster };
}

function s3Target(input: S3TargetInput, cluster: string): S3TargetSpec {
  const { bucket, prefix, region, pathStyle, caPem } = input;
  const { host = "", port = 443, tls = true } = parseEndpoint(input.endpoint) ?? {};
  return overlay<S3TargetSpec>(
    { kind: "s3", host, port, tls, bucket, prefix: prefix ?? cluster, pathStyle: pathStyle ?? true },
    { region, caPem },
  );
}

/** Where backups lie, for a person. */
export function targetText({ backups }: Pick<ClusterSpec, "backups">): string {
  const { target } = backups ?? {};
  if (!target) return "the cluster's own bucket";
  if (target.kind === "directory") return `${target.path}/${target.prefix}`;
  return `${target.bucket}/${target.prefix} at ${hostPort(target.host, target.port)}`;
}
