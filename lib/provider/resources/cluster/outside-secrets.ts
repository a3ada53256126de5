import { secretNeeds, type LayoutInput, type SecretNeed } from "../../../spec/outside-secrets";
import type { ExternalSecrets } from "../../../spec/secrets";
import { UNKNOWN, type Diagnostic, type DraftModel } from "../../framework";
import type { ClusterAttributes } from "./schema";
import { attributePath } from "./spec-input";

/** Attribute of each secret of a service outside the cluster. */
const ATTRIBUTES = {
  s3AccessKey: "s3_access_key",
  s3SecretKey: "s3_secret_key",
  pulsarToken: "external_pulsar_token",
  kafkaUser: "kafka_user",
  kafkaPassword: "kafka_password",
  backupAccessKey: "backup_access_key",
  backupSecretKey: "backup_secret_key",
  backupIdentity: "backup_identity",
} as const satisfies Record<keyof ExternalSecrets, keyof ClusterAttributes>;

type Secrets = Pick<DraftModel<ClusterAttributes>, (typeof ATTRIBUTES)[keyof ExternalSecrets]>;

/** Secrets that the layout asks for and that are missing, or that it has no use for. One that is not known yet is neither. */
export function secretProblems(m: Secrets, input: LayoutInput): Diagnostic[] {
  return secretNeeds(input).flatMap((need): Diagnostic[] => {
    const name = ATTRIBUTES[need.secret];
    const value = m[name];
    const given = value !== null && value !== "";
    if (value === UNKNOWN || given === need.wanted) return [];
    const [what, how] = need.wanted
      ? ["missing", "give it as a sensitive value"]
      : ["not asked for", "remove it"];
    return [
      { severity: "error", summary: `${name} is ${what}`, detail: `${because(need)}; ${how}.`, path: [name] },
    ];
  });
}

function because({ path, value }: SecretNeed): string {
  const attribute = attributePath(path).join(".");
  return value === undefined ? `There is no ${attribute}` : `${attribute} is ${JSON.stringify(value)}`;
}
