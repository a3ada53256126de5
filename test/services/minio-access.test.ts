/** Milvus' user of a real MinIO with two pools: what it may do, and what it may not. */
import { minioAccess, minioAdmin } from "../../lib/daemon/minio";
import { totalCapacity } from "../../lib/daemon/minio/capacity";
import { MinioClient, type MinioRequest } from "../../lib/daemon/minio/client";
import { bucketPolicy } from "../../lib/daemon/minio/policy";
import { problemIn } from "../../lib/daemon/minio/problem";
import type { ClusterSecrets } from "../../lib/spec/secrets";
import { eventually } from "../support/eventually";
import { MinioPools } from "../support/minio-pools";

jest.setTimeout(3 * 60_000);

const SECRETS: ClusterSecrets = {
  minioRootUser: "root-of-minio",
  minioRootPassword: "root/secret+5b1f",
  milvusRootPassword: "unused",
  minioUser: "milvus",
  minioPassword: "user/secret+90cd",
  pulsarTokenKey: "",
  pulsarToken: "",
};
const [A, B] = ["peer-1", "peer-2"] as const;

let minio: MinioPools;
let root: MinioClient;
let user: MinioClient;
beforeAll(async () => {
  const { minioRootUser: rootUser, minioRootPassword: rootPassword } = SECRETS;
  minio = await MinioPools.start({ rootUser, rootPassword, bucket: "vectors" });
  root = client(rootUser, rootPassword);
  user = client(SECRETS.minioUser, SECRETS.minioPassword);
});
afterAll(() => minio?.stop());

const client = (accessKey: string, secretKey: string) =>
  new MinioClient(minio.http, minio.spec, { accessKey, secretKey });
const access = (change: Partial<ClusterSecrets> = {}) =>
  minioAccess(minio.http, minio.spec, { ...SECRETS, ...change });

/** "200", or status and code of a refusal. */
async function outcome(
  asked: MinioClient,
  method: MinioRequest["method"],
  path: string,
  body?: string | Buffer,
) {
  const answer = await asked.send(B, { method, path, body });
  return `${answer.status} ${problemIn(answer.body).code}`.trim();
}
const mine = (method: MinioRequest["method"], path: string, body?: string | Buffer) =>
  outcome(user, method, path, body);

test("a fresh MinIO knows neither bucket nor user; granted at one node, both nodes let it in", async () => {
  expect(await access().hasAccess(A)).toBe(false);
  expect(await access().grantAccess(A)).toEqual(["bucket", "policy", "user", "policy of the user"]);
  expect(await access().hasAccess(A)).toBe(true);
  await eventually("the other node lets it in", 10_000, () => access().hasAccess(B));
});

test("it puts, reads, lists and deletes objects of its bucket, in parts too", async () => {
  expect(await mine("PUT", "/vectors/files/a", Buffer.from([0, 255, 10]))).toBe("200");
  expect(await mine("GET", "/vectors/files/a")).toBe("200");
  expect(await user.call(A, { method: "GET", path: "/vectors?list-type=2" })).toContain("<Key>files/a</Key>");
  expect(await mine("GET", "/vectors?location=")).toBe("200");
  expect(await mine("DELETE", "/vectors/files/a")).toBe("204");
  expect(await mine("GET", "/vectors/files/a")).toBe("404 NoSuchKey");
  const started = await user.call(A, { method: "POST", path: "/vectors/big?uploads=" });
  const id = /<UploadId>([^<]+)/.exec(started)![1]!;
  expect(await mine("PUT", `/vectors/big?partNumber=1&uploadId=${id}`, "part")).toBe("200");
  expect(await mine("GET", `/vectors/big?uploadId=${id}`)).toBe("200");
  expect(await mine("GET", "/vectors?uploads=")).toBe("200");
  expect(await mine("DELETE", `/vectors/big?uploadId=${id}`)).toBe("204");
});

test("it sees and makes no other bucket, and does not touch its own", async () => {
  await root.call(A, { method: "PUT", path: "/vectors-2" });
  await root.call(A, { method: "PUT", path: "/vectors-2/secret", body: "x" });
  const denied = "403 AccessDenied";
  for (const path of ["/vectors-2", "/vectors-2/secret"]) expect(await mine("GET", path)).toBe(denied);
  expect(await mine("PUT", "/vectors-2/mine", "x")).toBe(denied);
  expect(await mine("PUT", "/vectors-3")).toBe(denied);
  expect(await mine("DELETE", "/vectors")).toBe(denied);
  expect(await mine("PUT", "/vectors?policy=", '{"Version":"2012-10-17","Statement":[]}')).toBe(denied);
  const all = await user.call(A, { method: "GET", path: "/" });
  expect([...all.matchAll(/<Bucket><Name>([^<]*)/g)].map((m) => m[1])).toEqual(["vectors"]);
});

test("no call of the admin API is open to it, not even about itself", async () => {
  const admin = "/minio/admin/v3";
  const sealed = user.encrypted({ secretKey: "another-secret", status: "enabled" });
  const asked = [
    await mine("GET", `${admin}/info`),
    await mine("GET", `${admin}/list-users`),
    await mine("GET", `${admin}/user-info?accessKey=milvus`),
    await mine("PUT", `${admin}/add-user?accessKey=milvus`, sealed),
    await mine("PUT", `${admin}/add-user?accessKey=friend`, sealed),
    await mine("PUT", `${admin}/add-service-account`, user.encrypted({ accessKey: "", secretKey: "" })),
    await mine(
      "PUT",
      `${admin}/set-user-or-group-policy?policyName=consoleAdmin&userOrGroup=milvus&isGroup=false`,
    ),
    await mine("POST", `${admin}/service?action=restart`),
  ];
  expect([...new Set(asked)]).toEqual(["403 AccessDenied"]);
  expect(await access().hasAccess(A)).toBe(true);
});

test("done again it changes nothing, asked at either node", async () => {
  const read = (path: string) => root.call(A, { method: "GET", path: `/minio/admin/v3/${path}` });
  const state = async () => ({
    policy: /"UpdateDate": "[^"]+"/.exec(await read("info-canned-policy?name=only-vectors&v=2"))![0],
    user: await read("user-info?accessKey=milvus"),
  });
  const before = await state();
  expect(await access().grantAccess(A)).toEqual([]);
  expect(await access().grantAccess(B)).toEqual([]);
  expect(await state()).toEqual(before);
});

test("what somebody widened is narrow again, and a new password holds at once", async () => {
  const admin = "/minio/admin/v3";
  const wide = JSON.stringify({
    ...bucketPolicy("vectors"),
    Statement: [{ Effect: "Allow", Action: ["s3:*"], Resource: ["arn:aws:s3:::*"] }],
  });
  await root.call(A, { method: "PUT", path: `${admin}/add-canned-policy?name=only-vectors`, body: wide });
  const query = "policyName=readwrite,only-vectors&userOrGroup=milvus&isGroup=false";
  await root.call(A, { method: "PUT", path: `${admin}/set-user-or-group-policy?${query}` });
  expect(await access().grantAccess(A)).toEqual(["policy", "policy of the user"]);
  await eventually(
    "the other node refuses it, too",
    10_000,
    async () => (await mine("GET", "/vectors-2")) === "403 AccessDenied",
  );

  const changed = { minioPassword: "a-new-one-1234" };
  expect(await access(changed).hasAccess(A)).toBe(false);
  expect(await access(changed).grantAccess(A)).toEqual(["user"]);
  expect(await access(changed).hasAccess(A)).toBe(true);
  expect(await access().hasAccess(A)).toBe(false);
});

test("with a wrong root password the error names MinIO, says what to do, and holds no secret", async () => {
  const error = await access({ minioRootPassword: "wrong-password" })
    .grantAccess(A)
    .then(
      () => undefined,
      (e: Error) => e,
    );
  expect(error?.message).toMatch(
    /^MinIO on peer-1: PUT \/vectors answered 403: SignatureDoesNotMatch: .+ \(it runs with other credentials .+\)$/,
  );
  for (const secret of ["wrong-password", SECRETS.minioRootPassword, SECRETS.minioPassword]) {
    expect(error!.message).not.toContain(secret);
  }
});

test("the nodes of both pools, and what they hold after parity; a heal of them ends", async () => {
  const admin = minioAdmin(minio.http, minio.spec, SECRETS);
  const nodes = await admin.nodes(B);
  expect(nodes.map(({ peer, drives, drivesOnline }) => [peer, drives, drivesOnline])).toEqual([
    ["peer-1", 2, 2],
    ["peer-2", 4, 4],
  ]);
  const [one, two] = nodes.map((n) => n.capacity);
  expect(one!.usable / one!.raw).toBeCloseTo(1 / 2);
  expect(two!.usable / two!.raw).toBeCloseTo(3 / 4);
  expect(two!.raw / one!.raw).toBeCloseTo(2);
  const { raw, used, available } = totalCapacity(nodes);
  expect(raw).toBeGreaterThan(1e9);
  expect(used + available).toBeLessThanOrEqual(raw);
  await admin.heal(A, AbortSignal.timeout(60_000));
});
