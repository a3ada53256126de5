import { createHmac } from "node:crypto";
import { canonicalJson } from "../../../spec/canonical";
import type { ClusterSecrets, ExternalSecrets } from "../../../spec/secrets";
import type { ClusterSpec, ClusterSpecInput } from "../../../spec/spec";
import { UNKNOWN, type DraftModel, type PlanContext } from "../../framework";
import type { ClusterAttributes, ClusterModel } from "./schema";

type Name = keyof ClusterAttributes & string;

/** What stays as a cluster was formed with it. */
const FOR_LIFE = [
  "cluster_id",
  "ca_cert_pem",
  "minio_root_user",
  "pulsar_token_key",
  "pulsar_token",
] as const satisfies readonly Name[];

/** What another secrets_generation exchanges. */
const EXCHANGED = [
  "minio_root_password",
  "milvus_root_password",
  "minio_user",
  "minio_password",
] as const satisfies readonly Name[];

/** What stores and queues outside the cluster ask for. */
const OF_OTHERS = [
  "s3_access_key",
  "s3_secret_key",
  "external_pulsar_token",
  "kafka_user",
  "kafka_password",
] as const satisfies readonly Name[];

/** What the store asks for that backups are written to, and what they are encrypted by. No component of Milvus reads it. */
const OF_BACKUPS = [
  "backup_access_key",
  "backup_secret_key",
  "backup_identity",
] as const satisfies readonly Name[];
const OUTSIDE = [...OF_OTHERS, ...OF_BACKUPS] as const;

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
    ...(OUTSIDE.some((name) => m[name] !== null) && { external: externalSecrets(m) }),
  };
}

function externalSecrets(m: ClusterModel): ExternalSecrets {
  return {
    s3AccessKey: m.s3_access_key ?? undefined,
    s3SecretKey: m.s3_secret_key ?? undefined,
    pulsarToken: m.external_pulsar_token ?? undefined,
    kafkaUser: m.kafka_user ?? undefined,
    kafkaPassword: m.kafka_password ?? undefined,
    backupAccessKey: m.backup_access_key ?? undefined,
    backupSecretKey: m.backup_secret_key ?? undefined,
    backupIdentity: m.backup_identity ?? undefined,
  };
}

/** Values of a formed cluster that nothing could carry to its peers. */
export function refuseOtherSecrets(c: PlanContext<ClusterAttributes>, prior: ClusterModel): void {
  const missing = [...FOR_LIFE, ...EXCHANGED].filter((n) => prior[n] !== null && c.planned[n] === null);
  if (missing.length > 0) return refuseMissing(c, prior, missing);
  // A state of an earlier release lacks some: they come to be known, they do not change.
  const others = (names: readonly Name[]): Name[] => names.filter((n) => prior[n] !== null && c.changed(n));
  for (const name of others(FOR_LIFE)) {
    c.diagnostics.error(
      `Cannot replace the credentials of cluster ${prior.name}`,
      `${name} is to change; its peers would go on with the old one. Keep the milvus_credentials that the cluster was formed with.`,
      [name],
    );
  }
  if ((c.planned.secrets_generation ?? 1) !== (prior.secrets_generation ?? 1)) return;
  for (const name of others(EXCHANGED)) {
    c.diagnostics.error(
      `Cannot replace the credentials of cluster ${prior.name}`,
      `${name} is to change, and secrets_generation is not. Keep the milvus_credentials that the cluster was formed with, and raise ` +
        "secrets_generation (secretsGeneration) to exchange passwords. An exchange that has stopped half-way is gone on " +
        "with by the number that began it, and taken back by milvus-onprem rollback on a peer.",
      [name],
    );
  }
}

/** No program can leave them out but one that Terraform generates for an import. */
function refuseMissing(
  { diagnostics }: PlanContext<ClusterAttributes>,
  { name }: ClusterModel,
  missing: readonly Name[],
): void {
  diagnostics.error(
    `Secrets of cluster ${name} are missing`,
    `Terraform leaves them out of configuration that it generates: ${missing.join(", ")}. Put in references to the attributes of these ` +
      "names of the milvus_credentials, there and in each milvus_peer, as docs/import.md shows, and plan again.",
    [missing[0]!],
  );
}

type Draft = DraftModel<ClusterAttributes>;
type Outside = Pick<Draft, (typeof OUTSIDE)[number]>;

/** Whether secrets of services outside are to be looked at anew: they change, or what asks for them does. */
export function asksOutsideAnew(
  planned: Outside & Pick<Draft, "backups">,
  prior: Outside & Pick<Draft, "backups">,
): boolean {
  return (
    OUTSIDE.some((name) => planned[name] !== prior[name]) ||
    canonicalJson(planned.backups ?? null) !== canonicalJson(prior.backups ?? null)
  );
}

/** Marks of a spec; UNKNOWN while a secret is. */
export type SecretMarks = Pick<ClusterSpecInput, "outsideSecrets" | "backupSecrets">;

/**
 * Marks the secrets of services outside, and those of backups: as the spec in force does until one of them changes, then by what only
 * who knows the cluster's own secrets could find out about them.
 */
export function secretMarks(
  planned: Outside,
  prior: ClusterModel | null,
  inForce: ClusterSpec | undefined,
): SecretMarks | typeof UNKNOWN {
  const markOf = (names: readonly (typeof OUTSIDE)[number][], before: string | undefined) => {
    if (prior === null || names.every((name) => planned[name] === prior[name])) return before;
    const values = names.map((name) => planned[name]);
    if (values.some((value) => value === UNKNOWN)) return UNKNOWN;
    const hmac = createHmac("sha256", prior.minio_root_password);
    return hmac.update(JSON.stringify(values)).digest("hex").slice(0, MARK_LENGTH);
  };
  const outsideSecrets = markOf(OF_OTHERS, inForce?.secrets?.outside);
  const backupSecrets = markOf(OF_BACKUPS, inForce?.secrets?.backups);
  return outsideSecrets === UNKNOWN || backupSecrets === UNKNOWN
    ? UNKNOWN
    : { outsideSecrets, backupSecrets };
}

/** Enough to tell a few from each other, and too little to guess by. */
const MARK_LENGTH = 8;
