/** A backup of a real etcd of three members, verified by etcdutl in its container, and restored. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageOf } from "../../lab/build";
import { verifySnapshot } from "../../lib/daemon/backups/etcdutl";
import { SnapshotDir, snapshotName } from "../../lib/daemon/backups/snapshot-dir";
import { DockerEngine } from "../../lib/daemon/docker-engine";
import { ETCD, EtcdCluster } from "../support/etcd-cluster";

jest.setTimeout(5 * 60_000);

let etcd: EtcdCluster;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "milvus-onprem-backup-"));
  etcd = await EtcdCluster.start();
});
afterAll(async () => {
  await etcd?.stop();
  await rm(root, { recursive: true, force: true });
});

const file = snapshotName("0mijk2x9a-4f8q1z", new Date());
const verify = () =>
  verifySnapshot({
    ...{ engine: new DockerEngine(), image: imageOf(ETCD), dir: new SnapshotDir(root), file },
    signal: new AbortController().signal,
  });

test("a snapshot brings back what was there when it was taken, at revisions that nobody has seen", async () => {
  const store = etcd.store();
  for (let i = 0; i < 50; i++) await store.commit([{ key: `/before/${i}`, value: `value ${i}` }]);
  const taken = await store.range("/before/");
  const content = await store.snapshot(new AbortController().signal);
  const { bytes } = await new SnapshotDir(root).write(file, content);
  expect(bytes).toBeGreaterThan(20_000);

  const found = await verify();
  expect(found.revision).toBeGreaterThanOrEqual(Number(taken.revision));
  expect(found.keys).toBeGreaterThanOrEqual(50);

  const last = await store.commit([{ key: "/after", value: "lost" }]);
  await store.commit([{ key: "/before/7", value: undefined }]);
  store.close();
  await etcd.restore(join(root, "backups", "etcd", file));

  const restored = etcd.store();
  const { entries } = await restored.range("/before/");
  expect(entries.map(({ key, value }) => [key, value])).toEqual(
    taken.entries.map(({ key, value }) => [key, value]),
  );
  expect(await restored.get("/after")).toBeUndefined();
  const written = await restored.commit([{ key: "/new", value: "x" }]);
  expect(Number(written)).toBeGreaterThan(Number(last));
  restored.close();
});

test("a snapshot that has lost a byte is refused, and so is one that etcd's own tool cannot read", async () => {
  const { path } = new SnapshotDir(root);
  const whole = await readFile(join(path, file));
  await writeFile(join(path, file), whole.subarray(0, -1));
  await expect(verify()).rejects.toThrow(/is damaged: its last 32 bytes/);
  const garbage = Buffer.alloc(40_960, 7);
  await writeFile(join(path, file), Buffer.concat([garbage, createHash("sha256").update(garbage).digest()]));
  await expect(verify()).rejects.toThrow(/etcdutl finds .* damaged \(exit code \d+\): ./);
});
