import { hostPort } from "../spec/host";
import type { ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec, MinioStorage, S3Storage } from "../spec/spec";
import { isIPv6 } from "../spec/validators";
import type { Settings } from "./settings";

/** Where Milvus keeps its objects. */
export function storageSettings(spec: ClusterSpec, secrets: ClusterSecrets): Settings {
  const { storage } = spec;
  return {
    "common.storageType": "remote",
    "minio.bucketName": storage.bucket,
    // Not our CA: with any value here the C++ parts stop verifying the store's certificate (MinioChunkManager.cpp), and the
    // shipped milvus.yaml has a placeholder. The CA is mounted as the container's trust store instead.
    "minio.ssl.tlsCACert": "",
    ...(storage.kind === "minio" ? own(spec, storage, secrets) : outside(storage, secrets)),
  };
}

/** MinIO through the peer's own load balancer: Milvus takes one address only. */
function own({ ports }: ClusterSpec, _storage: MinioStorage, secrets: ClusterSecrets): Settings {
  return {
    "minio.address": "127.0.0.1",
    "minio.port": ports.minioLocal,
    "minio.useSSL": true,
    "minio.rootPath": "files",
    "minio.accessKeyID": secrets.minioUser,
    "minio.secretAccessKey": secrets.minioPassword,
  };
}

function outside(s3: S3Storage, { external = {} }: ClusterSecrets): Settings {
  return {
    // Milvus takes what has a colon for an address with its port.
    "minio.address": isIPv6(s3.host) ? hostPort(s3.host, s3.port) : s3.host,
    "minio.port": s3.port,
    "minio.useSSL": s3.tls,
    "minio.rootPath": s3.rootPath,
    "minio.cloudProvider": s3.provider,
    "minio.useVirtualHost": !s3.pathStyle,
    ...(s3.region === undefined ? {} : { "minio.region": s3.region }),
    ...(s3.auth === "iam"
      ? { "minio.useIAM": true }
      : {
          "minio.accessKeyID": external.s3AccessKey ?? "",
          "minio.secretAccessKey": external.s3SecretKey ?? "",
        }),
  };
}
