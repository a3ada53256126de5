import { minioAccess } from "../../../../lib/daemon/minio";
import type { HttpAnswer } from "../../../../lib/daemon/ports/runtime";
import type { ClusterSecrets } from "../../../../lib/spec/secrets";
import { FakeHttp, SECRETS, specOf } from "./support";

const spec = specOf({ peers: ["peer-1", "peer-2"], drivesPerPeer: 2 });
const OLD: ClusterSecrets = { ...SECRETS, minioRootUser: "old-root" };
const YES: HttpAnswer = { status: 200, body: "" };
const no = (status: number, Code: string): HttpAnswer => ({ status, body: JSON.stringify({ Code }) });

/** A MinIO that knows one root. */
function knowing(root: string, answer: HttpAnswer = YES): FakeHttp {
  const http: FakeHttp = new FakeHttp(() =>
    http.signers.at(-1) === root ? answer : no(403, "InvalidAccessKeyId"),
  );
  return http;
}

test.each([SECRETS.minioRootUser, OLD.minioRootUser])(
  "whoever is root, %s, is found, and asked for at once from then on",
  async (root) => {
    const http = knowing(root);
    const access = minioAccess(http as never, spec, SECRETS, [OLD]);
    await access.remove("peer-1", "milvus-1");
    await access.remove("peer-1", "milvus-2");
    expect(http.signers.slice(-2)).toEqual([root, root]);
    expect(http.requests.length).toBeLessThanOrEqual(3);
  },
);

test("where neither is known, MinIO's own answer is told", async () => {
  const access = minioAccess(knowing("somebody") as never, spec, SECRETS, [OLD]);
  await expect(access.remove("peer-1", "milvus-1")).rejects.toThrow(
    /^MinIO on peer-1: DELETE \/minio\/admin\/v3\/remove-user answered 403: InvalidAccessKeyId/,
  );
});

test("a user that is gone already is no error", async () => {
  const http = knowing(SECRETS.minioRootUser, no(404, "XMinioAdminNoSuchUser"));
  await minioAccess(http as never, spec, SECRETS).remove("peer-1", "milvus-1");
});
