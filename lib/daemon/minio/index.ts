import type { ClusterSecrets } from "../../spec/secrets";
import type { Http } from "../ports/runtime";
import { MinioAccess } from "./access";
import { MinioAdmin } from "./admin";
import { MinioClient, type MinioCredentials } from "./client";
import type { MinioSpec } from "./pool";

/** The pools as root. */
export function minioAdmin(http: Http, spec: MinioSpec, secrets: ClusterSecrets): MinioAdmin {
  return new MinioAdmin(new MinioClient(http, spec, rootOf(secrets)), spec);
}

/** What Milvus may do there. */
export function minioAccess(http: Http, spec: MinioSpec, secrets: ClusterSecrets): MinioAccess {
  const credentials = { accessKey: secrets.minioUser, secretKey: secrets.minioPassword };
  return new MinioAccess({
    root: new MinioClient(http, spec, rootOf(secrets)),
    user: new MinioClient(http, spec, credentials),
    credentials,
    bucket: spec.storage.bucket,
  });
}

function rootOf(secrets: ClusterSecrets): MinioCredentials {
  return { accessKey: secrets.minioRootUser, secretKey: secrets.minioRootPassword };
}
