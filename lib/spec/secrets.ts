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
