import { storageAccess } from "../../../../lib/daemon/steps/storage-access";
import type { StepContext } from "../../../../lib/daemon/steps/step";
import type { HttpAnswer } from "../../../../lib/daemon/ports/runtime";
import { bucketPolicy } from "../../../../lib/daemon/minio/policy";
import { FakeHttp, SECRETS, specOf } from "./support";

const YES = { status: 200, body: "" };
const xml = (status: number, code: string): HttpAnswer => ({
  status,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
});

function context(answer: (request: string) => HttpAnswer | Error, self = "peer-2") {
  const http = new FakeHttp(answer);
  const spec = specOf({ peers: ["peer-1", "peer-2"], drivesPerPeer: 2 });
  const ctx = { spec, secrets: SECRETS, identity: { name: self }, ports: { http } } as unknown as StepContext;
  return { http, ctx };
}

/** A MinIO in which everything is as it should be. */
const granted = (request: string): HttpAnswer => {
  if (request === "PUT /vectors") return xml(409, "BucketAlreadyOwnedByYou");
  if (request.endsWith("/info-canned-policy"))
    return { status: 200, body: JSON.stringify(bucketPolicy("vectors")) };
  if (request.endsWith("/user-info")) return { status: 200, body: '{"policyName":"only-vectors"}' };
  return YES;
};

test("done when Milvus' user gets into its bucket: asked as that user, at the peer's own node", async () => {
  const { http, ctx } = context(() => YES);
  expect(await storageAccess.isDone(ctx)).toBe(true);
  expect(http.signers).toEqual(["milvus"]);
  expect(http.requests[0]!.url).toBe("https://198.18.0.12:9000/vectors?list-type=2&max-keys=1");
});

test("not done while MinIO does not know the user, or does not let it in", async () => {
  for (const answer of [xml(403, "InvalidAccessKeyId"), xml(403, "AccessDenied"), xml(404, "NoSuchBucket")]) {
    expect(await storageAccess.isDone(context(() => answer).ctx)).toBe(false);
  }
});

test("what is there stays as it is: nothing is written but the bucket that exists", async () => {
  const { http, ctx } = context(granted, "peer-3");
  await storageAccess.run(ctx);
  const written = http.requests.filter(({ method }) => method !== "GET").map(({ url }) => url);
  expect(written).toEqual(["https://198.18.0.11:9000/vectors"]);
});

test("a bucket that is somebody else's is no bucket of ours", async () => {
  const { ctx } = context(() => xml(409, "BucketAlreadyExists"));
  await expect(storageAccess.run(ctx)).rejects.toThrow(
    "MinIO on peer-2: PUT /vectors answered 409: BucketAlreadyExists: no",
  );
});

test("a store outside the cluster is left alone", async () => {
  const { http, ctx } = context(() => new Error("nobody asks"));
  const outside = { ...ctx, spec: { ...ctx.spec, storage: { kind: "s3" } } } as unknown as StepContext;
  expect(await storageAccess.isDone(outside)).toBe(true);
  await storageAccess.run(outside);
  expect(http.requests).toHaveLength(0);
});
