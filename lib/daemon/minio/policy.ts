/** What a user of MinIO may do, in the words of AWS' IAM policies, which MinIO speaks. */
export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  /** MinIO wants none for actions of its admin API. */
  readonly Resource?: readonly string[];
}

/** Name under which MinIO keeps the policy of a bucket. */
export function policyName(bucket: string): string {
  return `only-${bucket}`;
}

/** One bucket and what is in it; to make, configure or remove the bucket is not part of it. */
export function bucketPolicy(bucket: string): Policy {
  const arn = `arn:aws:s3:::${bucket}`;
  return {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ON_BUCKET, Resource: [arn] },
      { Effect: "Allow", Action: ON_OBJECTS, Resource: [`${arn}/*`] },
      // Unless denied, every user may change its own password, and make itself keys that outlive a rotation of it.
      { Effect: "Deny", Action: ["admin:*"] },
    ],
  };
}

const ON_BUCKET = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"];

const ON_OBJECTS = [
  "s3:GetObject",
  "s3:PutObject",
  "s3:DeleteObject",
  "s3:AbortMultipartUpload",
  "s3:ListMultipartUploadParts",
];

/** Whether both allow and deny the same; MinIO gives lists back in an order of its own. */
export function samePolicy(a: Policy, b: Policy): boolean {
  return canonical(a) === canonical(b);
}

function canonical({ Statement }: Policy): string {
  const statements = Statement.map(({ Effect, Action, Resource = [] }) =>
    JSON.stringify([Effect, [...Action].sort(), [...Resource].sort()]),
  );
  return statements.sort().join();
}
