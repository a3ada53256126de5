import * as http from "node:http";
import * as https from "node:https";
import { Client } from "minio";
import { hostPort } from "../../spec/host";
import type { ClusterSecrets } from "../../spec/secrets";
import type { ClusterSpec, S3Storage } from "../../spec/spec";
import { BucketTarget, PART_BYTES } from "./bucket";
import type { BackupTarget } from "./target";

/** Beside what Milvus keeps in its own MinIO, which is all below "files". */
const FOLDER = "backups";
/** MinIO's region unless told otherwise. */
const REGION = "us-east-1";

/** A folder of the bucket that Milvus has: as safe as that is, and no safer. */
export function clusterBucket(spec: ClusterSpec, secrets: ClusterSecrets, caPem: string): BackupTarget {
  const { storage } = spec;
  if (storage.kind === "s3") return outside(storage, secrets);
  // Through this peer's load balancer, which knows which nodes are there.
  const port = spec.ports.minioLocal;
  const { bucket } = storage;
  return new BucketTarget({
    client: new Client({
      ...{ endPoint: "127.0.0.1", port, useSSL: true, region: REGION, partSize: PART_BYTES },
      ...{ accessKey: secrets.minioUser, secretKey: secrets.minioPassword },
      transportAgent: new https.Agent({ ca: caPem, keepAlive: true }),
      retryOptions: { disableRetry: true },
    }),
    ...{ bucket, folder: FOLDER, name: `bucket ${bucket} of the cluster's MinIO` },
  });
}

function outside(s3: S3Storage, { external = {} }: ClusterSecrets): BackupTarget {
  const { bucket, host, port, tls, region, pathStyle, rootPath } = s3;
  if (s3.auth === "iam") {
    throw new Error("backups need an access key of the object store: with auth = iam there is none to use");
  }
  return new BucketTarget({
    client: new Client({
      ...{ endPoint: host, port, useSSL: tls, region, pathStyle, partSize: PART_BYTES },
      ...{ accessKey: external.s3AccessKey, secretKey: external.s3SecretKey },
      transportAgent: tls
        ? new https.Agent({ ca: s3.caPem, keepAlive: true })
        : new http.Agent({ keepAlive: true }),
      retryOptions: { disableRetry: true },
    }),
    ...{ bucket, folder: `${rootPath}-${FOLDER}`, name: `bucket ${bucket} at ${hostPort(host, port)}` },
  });
}
