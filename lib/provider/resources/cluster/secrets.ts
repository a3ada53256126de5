import type { ClusterSecrets, ExternalSecrets } from "../../../spec/secrets";
import type { PlanContext } from "../../framework";
import type { ClusterAttributes, ClusterModel } from "./schema";

type Name = keyof ClusterAttributes & string;

/** What the milvus_credentials are made of, as far as the cluster's components are configured with it. */
const OF_THE_CREDENTIALS = [
  "cluster_id",
  "ca_cert_pem",
  "minio_root_user",
  "minio_root_password",
  "milvus_root_password",
  "minio_user",
  "minio_password",
  "pulsar_token_key",
  "pulsar_token",
] as const satisfies readonly Name[];

/** What stores and queues outside the cluster ask for. */
const OF_OTHERS = [
  "s3_access_key",
  "s3_secret_key",
  "external_pulsar_token",
  "kafka_user",
  "kafka_password",
] as const satisfies readonly Name[];

/** The secrets with which a cluster is formed. */
export function clusterSecrets(m: ClusterModel): ClusterSecrets {
  return {
    minioRootUser: m.minio_root_user,
    minioRootPassword: m.minio_root_password,
    milvusRootPassword: m.milvus_root_password,
    minioUser: m.minio_user,
    minioPassword: m.minio_password,
    pulsarTokenKey: m.pulsar_token_key,
    pulsarToken: m.pulsar_token,
    ...(OF_OTHERS.some((name) => m[name] !== null) && { external: externalSecrets(m) }),
  };
}

function externalSecrets(m: ClusterModel): ExternalSecrets {
  return {
    s3AccessKey: m.s3_access_key ?? undefined,
    s3SecretKey: m.s3_secret_key ?? undefined,
    pulsarToken: m.external_pulsar_token ?? undefined,
    kafkaUser: m.kafka_user ?? undefined,
    kafkaPassword: m.kafka_password ?? undefined,
  };
}

/** Nothing tells the peers of a formed cluster of other secrets yet. */
export function refuseOtherSecrets(c: PlanContext<ClusterAttributes>, prior: ClusterModel): void {
  // A state of an earlier release lacks some: they come to be known, they do not change.
  for (const name of OF_THE_CREDENTIALS.filter((n) => prior[n] !== null && c.changed(n))) {
    c.diagnostics.error(
      `Cannot replace the credentials of cluster ${prior.name}`,
      `${name} is to change; its peers would go on with the old one. Keep the milvus_credentials that the cluster was formed with.`,
      [name],
    );
  }
  for (const name of OF_OTHERS.filter((n) => c.changed(n))) {
    c.diagnostics.error(
      `Cannot change ${name} of cluster ${prior.name}`,
      `Its peers would go on with what they have; changing it comes with a later release. Put ${name} back to what the cluster was formed with.`,
      [name],
    );
  }
}
