import { bucketPolicy, policyName, samePolicy, type Policy } from "../../../../lib/daemon/minio/policy";

test("one bucket, what is in it, and nothing else", () => {
  expect(policyName("vectors")).toBe("only-vectors");
  expect(bucketPolicy("vectors")).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
        Resource: ["arn:aws:s3:::vectors"],
      },
      {
        Effect: "Allow",
        Action: [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
        ],
        Resource: ["arn:aws:s3:::vectors/*"],
      },
      { Effect: "Deny", Action: ["admin:*"] },
    ],
  });
});

const changed = (change: (policy: { Statement: { Action: string[]; Effect: string }[] }) => void): Policy => {
  const copy = JSON.parse(JSON.stringify(bucketPolicy("vectors"))) as never;
  change(copy);
  return copy;
};

test("order does not make a policy another one", () => {
  const other = changed(({ Statement }) => {
    Statement.reverse();
    Statement.forEach((s) => s.Action.reverse());
  });
  expect(samePolicy(bucketPolicy("vectors"), other)).toBe(true);
});

test.each([
  ["an action more", changed((p) => p.Statement[1]!.Action.push("s3:PutBucketPolicy"))],
  ["an action less", changed((p) => p.Statement[0]!.Action.pop())],
  ["what was denied is allowed", changed((p) => (p.Statement[2]!.Effect = "Allow"))],
  ["a statement less", changed((p) => p.Statement.pop())],
  ["another bucket", bucketPolicy("vectors2")],
])("another policy: %s", (_, other) => {
  expect(samePolicy(bucketPolicy("vectors"), other)).toBe(false);
});
