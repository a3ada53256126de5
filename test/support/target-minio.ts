import { minioAccess } from "../../lib/daemon/minio";
import { compileSpec } from "../../lib/spec/compile";
import type { ClusterSecrets } from "../../lib/spec/secrets";
import type { ClusterSpec } from "../../lib/spec/spec";
import { MinioPools } from "./minio-pools";

export const BUCKET = "backups";
const SECRETS: ClusterSecrets = {
  ...{ minioRootUser: "root-of-minio", minioRootPassword: "root/secret+5b1f", milvusRootPassword: "unused" },
  ...{ minioUser: "keeper", minioPassword: "keeper/secret+90cd", pulsarTokenKey: "", pulsarToken: "" },
};
/** Of a cluster that has the key of `targetMinio`. */
export const KEYS: ClusterSecrets = {
  ...SECRETS,
  external: { backupAccessKey: SECRETS.minioUser, backupSecretKey: SECRETS.minioPassword },
};

/** A real MinIO with a bucket for backups, and a key that may do what they need in it, as a careful owner gives. */
export async function targetMinio(): Promise<MinioPools> {
  const { minioRootUser: rootUser, minioRootPassword: rootPassword } = SECRETS;
  const minio = await MinioPools.start({ rootUser, rootPassword, bucket: BUCKET });
  await minioAccess(minio.http, minio.spec, SECRETS).grantAccess("peer-1");
  return minio;
}

/** Of a cluster that has its backups there. */
export function specWithTarget(minio: MinioPools, name: string, s3: object = {}, backups = {}): ClusterSpec {
  const { address } = minio.spec.peers[0]!;
  const at = { endpoint: `https://${address}:9000`, bucket: BUCKET, caPem: minio.caPem, ...s3 };
  const { spec, problems } = compileSpec({
    ...{ name, version: "v2.3.5", peers: [{ name: "peer-1", address: "198.18.0.11" }] },
    ...{ storage: { pools: [{ peers: ["peer-1"], drivesPerPeer: 1 }] } },
    ...{ queue: { pulsarSingleton: { host: "peer-1" } }, backups: { target: { s3: at }, ...backups } },
  });
  if (!spec) throw new Error(JSON.stringify(problems));
  return spec;
}
