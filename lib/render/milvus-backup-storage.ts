import { backupFolder, s3TargetOf } from "../spec/backups";
import { DEFAULT_ROOT_PATH } from "../spec/defaults";
import type { BackupStorage, MilvusBackupConfig, Storage } from "../spec/milvus-backup";
import type { ClusterSecrets } from "../spec/secrets";
import type { S3TargetSpec, ClusterSpec, S3Storage } from "../spec/spec";

/** Where milvus-backup reads and where it writes; `below`: folder below the one in which backups lie. */
export function storagesOf(
  spec: ClusterSpec,
  secrets: ClusterSecrets,
  below: string,
): MilvusBackupConfig["minio"] {
  const own = milvusStorage(spec, secrets);
  return {
    ...own,
    ...backupStorage(spec, secrets, own, below),
    // Copies within a store are the store's own business; between two they go through the tool.
    crossStorage: spec.backups?.target !== undefined,
  };
}

function milvusStorage(spec: ClusterSpec, secrets: ClusterSecrets): Storage {
  const { storage, ports } = spec;
  if (storage.kind === "s3") {
    const { provider, bucket, rootPath } = storage;
    return {
      ...{ storageType: provider, ...endpoint(storage), useSSL: storage.tls },
      ...credentials(storage, secrets),
      ...{ bucketName: bucket, rootPath },
    };
  }
  return {
    ...{ storageType: "minio", address: "127.0.0.1", port: ports.minioLocal, region: "", useSSL: true },
    ...{ accessKeyID: secrets.minioUser, secretAccessKey: secrets.minioPassword },
    ...{ bucketName: storage.bucket, rootPath: DEFAULT_ROOT_PATH },
  };
}

type At = Pick<Storage, "address" | "port" | "region">;

function endpoint({ host, port, region = "" }: S3Storage | S3TargetSpec): At {
  return { address: host, port, region };
}

type Keys = Pick<Storage, "accessKeyID" | "secretAccessKey" | "useIAM">;

function credentials({ auth }: S3Storage, { external = {} }: ClusterSecrets): Keys {
  if (auth === "iam") return { useIAM: true };
  return { accessKeyID: external.s3AccessKey, secretAccessKey: external.s3SecretKey };
}

/** Without a target the store that Milvus has. */
function backupStorage(
  spec: ClusterSpec,
  { external = {} }: ClusterSecrets,
  own: Storage,
  below: string,
): BackupStorage {
  const target = s3TargetOf(spec);
  const keys = { accessKeyID: external.backupAccessKey, secretAccessKey: external.backupSecretKey };
  const at = target ? { storageType: "s3", ...endpoint(target), useSSL: target.tls, ...keys } : own;
  const { bucket, folder } = backupFolder(spec);
  return {
    ...{ backupStorageType: at.storageType, backupAddress: at.address, backupPort: at.port },
    ...{ backupRegion: at.region, backupUseSSL: at.useSSL, backupUseIAM: false },
    ...{ backupAccessKeyID: at.accessKeyID ?? "", backupSecretAccessKey: at.secretAccessKey ?? "" },
    ...{ backupBucketName: bucket, backupRootPath: `${folder}/${below}` },
  };
}
