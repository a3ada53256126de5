/** Backups of a real Milvus to a real MinIO that takes no more: full, or read-only for the key. */
import { backupTarget } from "../../lib/daemon/backups/place";
import { summaryOf } from "../../lib/daemon/backups/describe";
import { Shelf } from "../../lib/daemon/backups/shelf";
import { createBackup } from "../../lib/daemon/jobs/types/backups/create";
import { deleteBackup } from "../../lib/daemon/jobs/types/backups/delete";
import { verifyBackup } from "../../lib/daemon/jobs/types/backups/verify";
import { minioAccess } from "../../lib/daemon/minio";
import { MinioClient } from "../../lib/daemon/minio/client";
import { policyName } from "../../lib/daemon/minio/policy";
import { Films } from "../support/films";
import type { MinioPools } from "../support/minio-pools";
import { PASSWORD, StandaloneMilvus } from "../support/standalone-milvus";
import { BUCKET, KEYS, specWithTarget, targetMinio } from "../support/target-minio";
import { Peers, TestJob } from "../unit/daemon/peers-support";
import { temporaryDir } from "../unit/daemon/support";

jest.setTimeout(5 * 60_000);

const ROWS = 20_000;
const ADMIN = "/minio/admin/v3";
const signal = new AbortController().signal;

let milvus: StandaloneMilvus;
let minio: MinioPools;
beforeAll(async () => {
  [milvus, minio] = await Promise.all([StandaloneMilvus.start(), targetMinio()]);
  const films = await Films.at(milvus.address, PASSWORD);
  await films.make("films", ROWS);
  await films.close();
});
afterAll(() => Promise.all([milvus?.stop(), minio?.stop()]));

const dir = temporaryDir();
let peers: Peers;
let shelf: Shelf;
beforeEach(async () => {
  peers = await Peers.start(dir.path());
  peers.milvusAccess = milvus;
  const target = backupTarget(specWithTarget(minio, "vectors"), KEYS, { caPem: "", patienceMs: 0 });
  peers.targetFor = () => target;
  shelf = new Shelf(target, signal);
});
afterEach(() => peers.stop());

async function admin(path: string, body: object): Promise<void> {
  const root = { accessKey: KEYS.minioRootUser, secretKey: KEYS.minioRootPassword };
  const client = new MinioClient(minio.http, minio.spec, root);
  await client.call("peer-1", { method: "PUT", path: `${ADMIN}/${path}`, body: JSON.stringify(body) });
}

/** No object of that size or larger is taken. */
const quota = (bytes: number): Promise<void> =>
  admin(`set-bucket-quota?bucket=${BUCKET}`, { quota: bytes, quotatype: "hard" });

const readOnly = (): Promise<void> =>
  admin(`add-canned-policy?name=${policyName(BUCKET)}`, {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"],
        Resource: ["arn:aws:s3:::*"],
      },
    ],
  });

const writable = async (): Promise<void> =>
  void (await minioAccess(minio.http, minio.spec, KEYS).grantAccess("peer-1"));

test.each<[string, () => Promise<void>, () => Promise<void>, RegExp]>([
  ["full", () => quota(200_000), () => quota(0), /write full-during\/data\/.*parquet: .*[Qq]uota/],
  ["read-only", readOnly, writable, /write read-only-during\/.*: AccessDenied/],
])(
  "a store that becomes %s fails the backup with that reason, and harms no other",
  async (what, harm, mend, reason) => {
    const ids = ["0mijk2x9a-4f8q1z", "0mijk2x9b-4f8q1z", "0mijk2x9c-4f8q1z"];
    const [before, during, after] = ["before", "during", "after"].map(
      (when, i) => new TestJob(peers, createBackup, { name: `${what}-${when}` }, ids[i]),
    ) as [TestJob<{ name?: string }>, TestJob<{ name?: string }>, TestJob<{ name?: string }>];
    const leader = peers.elect("peer-1");
    const verified = (name: string) => new TestJob(peers, verifyBackup, { name }).run(leader);
    const states = async () =>
      Object.fromEntries((await shelf.list()).map(summaryOf).map(({ name, state }) => [name, state]));

    await before.run(leader);
    await during.run(leader, { until: "begin" });
    await harm();
    try {
      await expect(during.run(leader)).rejects.toThrow(reason);
      expect(await states()).toEqual({ [`${what}-before`]: "complete", [`${what}-during`]: "unfinished" });
      expect(await verified(`${what}-before`)).toMatchObject({ rows: ROWS });
    } finally {
      await mend();
    }
    await after.run(leader);
    expect(await verified(`${what}-after`)).toMatchObject({ rows: ROWS });
    for (const when of ["before", "during", "after"])
      await new TestJob(peers, deleteBackup, { name: `${what}-${when}` }).run(leader);
    expect(await states()).toEqual({});
  },
);
