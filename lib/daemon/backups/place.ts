import { backupFolder, importFolder } from "../../spec/backups";
import { hostPort } from "../../spec/host";
import type { ClusterSecrets } from "../../spec/secrets";
import type { ClusterSpec, S3Storage, S3TargetSpec } from "../../spec/spec";
import type { TargetOptions } from "../ports/backups";
import { BucketTarget, type BucketOptions } from "./bucket";
import { EncryptedTarget } from "./encrypted";
import { MountedTarget } from "./mounted";
import type { ImportPlace } from "./portable";
import { s3Client } from "./s3-client";
import type { BackupTarget } from "./target";

/** MinIO's region unless told otherwise. */
const REGION = "us-east-1";

/** Where the backups of a cluster lie. */
export function backupTarget(
  spec: ClusterSpec,
  secrets: ClusterSecrets,
  o: TargetOptions & { readonly caPem: string },
): BackupTarget {
  const { target, encryption } = spec.backups ?? {};
  const place =
    target?.kind === "directory"
      ? new MountedTarget(target)
      : new BucketTarget({ ...bucketOf(spec, target, secrets, o.caPem), patienceMs: o.patienceMs });
  return new EncryptedTarget(place, {
    encrypts: encryption !== undefined,
    identity: secrets.external?.backupIdentity,
  });
}

/**
 * Where Milvus' bulk import finds files: beside its own objects, and as plain as those are. Undefined where this daemon has no key of its
 * object store.
 */
export function importPlace(
  spec: ClusterSpec,
  secrets: ClusterSecrets,
  o: { readonly caPem: string },
): ImportPlace | undefined {
  const { storage } = spec;
  if (storage.kind === "s3" && storage.auth === "iam") return undefined;
  const at = importFolder(spec);
  const target = new BucketTarget({ ...milvusStore(spec, secrets, o.caPem), ...at });
  return { target, pathOf: (path) => `${at.folder}/${path}` };
}

function bucketOf(
  spec: ClusterSpec,
  target: S3TargetSpec | undefined,
  secrets: ClusterSecrets,
  caPem: string,
): BucketOptions {
  return target ? outside(target, secrets) : { ...milvusStore(spec, secrets, caPem), ...backupFolder(spec) };
}

type Store = Pick<BucketOptions, "client" | "name">;

/** That Milvus keeps its objects in. */
function milvusStore(spec: ClusterSpec, secrets: ClusterSecrets, caPem: string): Store {
  const { storage } = spec;
  return storage.kind === "s3" ? storeOutside(storage, secrets) : ownStore(spec, secrets, caPem);
}

/** As safe as the cluster's own MinIO is, and no safer; through this peer's load balancer, which knows which nodes are there. */
function ownStore(spec: ClusterSpec, secrets: ClusterSecrets, caPem: string): Store {
  const at = {
    host: "127.0.0.1",
    port: spec.ports.minioLocal,
    tls: true,
    region: REGION,
    pathStyle: true,
    caPem,
  };
  return {
    client: s3Client(at, { accessKey: secrets.minioUser, secretKey: secrets.minioPassword }),
    name: `bucket ${spec.storage.bucket} of the cluster's MinIO`,
  };
}

function storeOutside(s3: S3Storage, { external = {} }: ClusterSecrets): Store {
  if (s3.auth === "iam") {
    throw new Error("backups need an access key of the object store: with auth = iam there is none to use");
  }
  return {
    client: s3Client(s3, { accessKey: external.s3AccessKey, secretKey: external.s3SecretKey }),
    name: nameOf(s3),
  };
}

function outside(target: S3TargetSpec, { external = {} }: ClusterSecrets): BucketOptions {
  const { bucket, prefix } = target;
  return {
    client: s3Client(target, { accessKey: external.backupAccessKey, secretKey: external.backupSecretKey }),
    ...{ bucket, folder: prefix, name: `${nameOf(target)}, ${prefix}` },
  };
}

function nameOf({ bucket, host, port }: Pick<S3Storage, "bucket" | "host" | "port">): string {
  return `bucket ${bucket} at ${hostPort(host, port)}`;
}
