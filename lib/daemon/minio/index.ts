import type { ClusterSecrets } from "../../spec/secrets";
import type { Http } from "../ports/runtime";
import { MinioAccess } from "./access";
import { MinioAdmin } from "./admin";
import { MinioClient, type MinioCredentials } from "./client";
import { MinioEmptying } from "./emptying";
import type { MinioSpec } from "./pool";

/** The pools as root, whose secrets may be others while they are exchanged. */
export function minioAdmin(
  http: Http,
  spec: MinioSpec,
  secrets: ClusterSecrets,
  others: readonly ClusterSecrets[] = [],
): MinioAdmin {
  return new MinioAdmin(rootClient(http, spec, [secrets, ...others]), spec);
}

/** How its pools are emptied. */
export function minioEmptying(
  http: Http,
  spec: MinioSpec,
  secrets: readonly [ClusterSecrets, ...ClusterSecrets[]],
): MinioEmptying {
  return new MinioEmptying(rootClient(http, spec, [...secrets]));
}

/** What Milvus may do there. */
export function minioAccess(
  http: Http,
  spec: MinioSpec,
  secrets: ClusterSecrets,
  others: readonly ClusterSecrets[] = [],
): MinioAccess {
  const credentials = { accessKey: secrets.minioUser, secretKey: secrets.minioPassword };
  return new MinioAccess({
    root: rootClient(http, spec, [secrets, ...others]),
    user: new MinioClient(http, spec, credentials),
    credentials,
    bucket: spec.storage.bucket,
  });
}

function rootClient(
  http: Http,
  spec: MinioSpec,
  [first, ...others]: [ClusterSecrets, ...ClusterSecrets[]],
): MinioClient {
  return new MinioClient(http, spec, rootOf(first), ...others.map(rootOf));
}

function rootOf(secrets: ClusterSecrets): MinioCredentials {
  return { accessKey: secrets.minioRootUser, secretKey: secrets.minioRootPassword };
}
