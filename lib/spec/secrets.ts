/** Secret values that rendering needs; never part of a spec, a plan or a log. */
export interface ClusterSecrets {
  readonly minioRootUser: string;
  readonly minioRootPassword: string;
  readonly milvusRootPassword: string;
}

/** Stands where a secret would: plans render with this, so a review sees changed lines and no secret. */
export const MASKED: ClusterSecrets = {
  minioRootUser: "(sensitive)",
  minioRootPassword: "(sensitive)",
  milvusRootPassword: "(sensitive)",
};
