import type { ClusterSpec, SecretsMark } from "./spec";

/** Secret values that rendering needs; never part of a spec, a plan or a log. */
export interface ClusterSecrets {
  readonly minioRootUser: string;
  readonly minioRootPassword: string;
  readonly milvusRootPassword: string;
  /** MinIO user that Milvus is: it sees its bucket alone. */
  readonly minioUser: string;
  readonly minioPassword: string;
  /** Key (HS256, its characters as they stand) with which the cluster's own Pulsar checks tokens, and the token that Milvus presents. */
  readonly pulsarTokenKey: string;
  readonly pulsarToken: string;
  /** What stores and queues outside the cluster ask for, where there are any. */
  readonly external?: ExternalSecrets;
}

export interface ExternalSecrets {
  readonly s3AccessKey?: string;
  readonly s3SecretKey?: string;
  readonly pulsarToken?: string;
  readonly kafkaUser?: string;
  readonly kafkaPassword?: string;
  /** Of the store outside that backups are written to. */
  readonly backupAccessKey?: string;
  readonly backupSecretKey?: string;
  /** age identities by which backups are encrypted and read, one a line. */
  readonly backupIdentity?: string;
}

const FIRST: SecretsMark = { generation: 1 };

/** Names the secrets that a spec goes by. */
export function secretsId({ secrets = FIRST }: Pick<ClusterSpec, "secrets">): string {
  const { generation, outside, backups } = secrets;
  return [generation, outside && `-${outside}`, backups && `+${backups}`].join("");
}

/** Whether two specs go by the same secrets. */
export function sameSecrets(a: Pick<ClusterSpec, "secrets">, b: Pick<ClusterSpec, "secrets">): boolean {
  return secretsId(a) === secretsId(b);
}

/** Whether two specs go by the same secrets of the cluster's own. */
export function sameOwnSecrets(a: Pick<ClusterSpec, "secrets">, b: Pick<ClusterSpec, "secrets">): boolean {
  return (a.secrets ?? FIRST).generation === (b.secrets ?? FIRST).generation;
}

/** What stands for the secrets of a spec: those that were exchanged look otherwise than before, so what reads them is started anew. */
export function masked({ secrets = FIRST }: Pick<ClusterSpec, "secrets">): ClusterSecrets {
  const { generation, outside } = secrets;
  const own = generation === FIRST.generation ? SENSITIVE : `(sensitive, generation ${generation})`;
  const others = outside === undefined ? SENSITIVE : `(sensitive, mark ${outside})`;
  return {
    ...MASKED,
    ...{ minioRootPassword: own, milvusRootPassword: own, minioUser: own, minioPassword: own },
    external: {
      ...{ s3AccessKey: others, s3SecretKey: others, pulsarToken: others },
      ...{ kafkaUser: others, kafkaPassword: others },
    },
  };
}

/** The mark of secrets of services outside, where a text that was rendered with `masked` tells it. */
export function markIn(rendered: string): string | undefined {
  return /\(sensitive, mark ([0-9a-f]+)\)/.exec(rendered)?.[1];
}

const SENSITIVE = "(sensitive)";

/** Stands where a secret would: plans render with this, so a review sees changed lines and no secret. */
export const MASKED: ClusterSecrets = {
  minioRootUser: SENSITIVE,
  minioRootPassword: SENSITIVE,
  milvusRootPassword: SENSITIVE,
  minioUser: SENSITIVE,
  minioPassword: SENSITIVE,
  pulsarTokenKey: SENSITIVE,
  pulsarToken: SENSITIVE,
  external: {
    s3AccessKey: SENSITIVE,
    s3SecretKey: SENSITIVE,
    pulsarToken: SENSITIVE,
    kafkaUser: SENSITIVE,
    kafkaPassword: SENSITIVE,
  },
};
