import { DEFAULT_TIME_ZONE, KEPT_BACKUPS } from "./defaults";
import { hostPort } from "./host";
import { addressesByName, MILVUS_BACKUP_REPOSITORY, MILVUS_BACKUP_VERSION } from "./milvus-backup";
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
  { schedule, timeZone, keep, drillSchedule, target, encryption, engine }: BackupsInput,
  cluster: string,
): BackupsSpec {
  return overlay<BackupsSpec>(
    { timeZone: timeZone ?? DEFAULT_TIME_ZONE, keep: overlay(KEPT_BACKUPS, keep) },
    { schedule, drillSchedule, target: target && targetSpec(target, cluster), encryption, engine },
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

/** The store outside that backups lie in, if they do. */
export function s3TargetOf({ backups }: Pick<ClusterSpec, "backups">): S3TargetSpec | undefined {
  return backups?.target?.kind === "s3" ? backups.target : undefined;
}

/** Beside what Milvus keeps in its own MinIO, which is all below "files". */
const FOLDER = "backups";

/** Folder of a bucket that backups lie in, without a slash at its end. */
export function backupFolder(spec: Pick<ClusterSpec, "backups" | "storage">): {
  readonly bucket: string;
  readonly folder: string;
} {
  const target = s3TargetOf(spec);
  if (target) return { bucket: target.bucket, folder: target.prefix };
  const { storage } = spec;
  const { bucket } = storage;
  return { bucket, folder: storage.kind === "s3" ? `${storage.rootPath}-${FOLDER}` : FOLDER };
}

/** Beside backups, and beside Milvus' own objects: files for its bulk import, which Milvus looks for in its own bucket alone. */
const IMPORTS = "imports";

/** Folder of Milvus' bucket that it imports from, without a slash at its end. */
export function importFolder({ storage }: Pick<ClusterSpec, "storage">): {
  readonly bucket: string;
  readonly folder: string;
} {
  const { bucket } = storage;
  return { bucket, folder: storage.kind === "s3" ? `${storage.rootPath}-${IMPORTS}` : IMPORTS };
}

/** Why the engine milvus-backup cannot be used here; undefined when it can. */
export function unfitFor(spec: Pick<ClusterSpec, "backups" | "storage">): string | undefined {
  const { backups, storage } = spec;
  if (backups?.target?.kind === "directory")
    return "the engine milvus-backup writes to an object store, and backups.target is a directory: use the engine portable, or a target s3";
  if (backups?.encryption)
    return "the engine milvus-backup writes by itself, and knows no encryption: use the engine portable, or leave backups.encryption out";
  const stores = [
    ...(storage.kind === "s3" ? [storage] : []),
    ...[s3TargetOf(spec)].filter((s) => s !== undefined),
  ];
  const odd = stores.find(({ host, pathStyle }) => !pathStyle && !addressesByName(host));
  return (
    odd &&
    `the engine milvus-backup finds buckets of ${odd.host} by path, and pathStyle is false: use the engine portable, or a store that is found by path`
  );
}

/** Image of milvus-backup: the one that was given, else from the registry that Milvus' own is from. */
export function milvusBackupImage({ images }: Pick<ClusterSpec, "images">): string {
  if (images.milvusBackup !== undefined) return images.milvusBackup;
  const [, registry = ""] = /^(.*\/)?milvusdb\/milvus[:@]/.exec(images.milvus) ?? [];
  return `${registry}${MILVUS_BACKUP_REPOSITORY}:${MILVUS_BACKUP_VERSION}`;
}

/** Where backups lie, for a person. */
export function targetText({ backups }: Pick<ClusterSpec, "backups">): string {
  const { target } = backups ?? {};
  if (!target) return "the cluster's own bucket";
  if (target.kind === "directory") return `${target.path}/${target.prefix}`;
  return `${target.bucket}/${target.prefix} at ${hostPort(target.host, target.port)}`;
}
