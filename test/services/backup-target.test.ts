/** Backups in a real MinIO that is nothing of the cluster's. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportToStore } from "../../lib/cli/backups/export-to-store";
import { importBackup } from "../../lib/cli/backups/import";
import { inStore } from "../../lib/cli/backups/source";
import { storeAt } from "../../lib/cli/backups/store";
import { backupTarget } from "../../lib/daemon/backups/place";
import { probeTarget } from "../../lib/daemon/backups/probe";
import { Shelf } from "../../lib/daemon/backups/shelf";
import { NotThere, type BackupTarget } from "../../lib/daemon/backups/target";
import type { ClusterSecrets } from "../../lib/spec/secrets";
import type { MinioPools } from "../support/minio-pools";
import { BUCKET, KEYS, specWithTarget, targetMinio } from "../support/target-minio";
import { backedUp, clusterIn } from "../unit/cli/backup-fixture";

jest.setTimeout(3 * 60_000);

const signal = new AbortController().signal;

let minio: MinioPools;
beforeAll(async () => {
  minio = await targetMinio();
});
afterAll(() => minio?.stop());

/** As a cluster of this name has it. */
function targetOf(
  name: string,
  more: object = {},
  secrets = KEYS,
  backups: object = {},
  patienceMs = 0,
): BackupTarget {
  const spec = specWithTarget(minio, name, more, backups);
  return backupTarget(spec, secrets, { caPem: "", patienceMs });
}

async function* chunks(...all: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* all;
}

async function read(target: BackupTarget, path: string): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const chunk of target.get(path, signal)) found.push(chunk);
  return Buffer.concat(found);
}

async function names(target: BackupTarget, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { path } of target.list(prefix, signal)) found.push(path);
  return found.sort();
}

test("objects of any size come back as they were written, are listed and go again", async () => {
  const target = targetOf("vectors");
  const large = Array.from({ length: 40 }, () => randomBytes(1 << 20));
  const wrote = await target.put("one/large", chunks(...large), signal);
  await target.put("one/small", chunks(Buffer.from("small")), signal);
  expect(wrote.bytes).toBe(40 << 20);
  expect((await read(target, "one/large")).equals(Buffer.concat(large))).toBe(true);
  expect(await names(target, "one/")).toEqual(["one/large", "one/small"]);
  for (const path of ["one/large", "one/small"]) await target.remove(path, signal);
  expect(await names(target)).toEqual([]);
  await expect(read(target, "one/small")).rejects.toThrow(NotThere);
});

test("another cluster with the same prefix finds them, one with its own name does not", async () => {
  await targetOf("vectors").put("nightly/job.json", chunks(Buffer.from("{}")), signal);
  const [same, other] = [targetOf("risen", { prefix: "vectors" }), targetOf("risen")];
  expect((await new Shelf(same, signal).list()).map(({ name }) => name)).toEqual(["nightly"]);
  expect(await new Shelf(other, signal).list()).toEqual([]);
  await same.remove("nightly/job.json", signal);
});

test("what is encrypted lies there as age has it, and comes back by its identity", async () => {
  const { generateX25519Identity } = await import("age-encryption");
  const secrets = { ...KEYS, external: { ...KEYS.external, backupIdentity: await generateX25519Identity() } };
  const [target, without] = [targetOf("vectors", {}, secrets, { encryption: "age" }), targetOf("vectors")];
  const large = randomBytes(3 << 20);
  await target.put("one/large", chunks(large), signal);
  expect((await read(target, "one/large")).equals(large)).toBe(true);
  await expect(read(without, "one/large")).rejects.toThrow(/one\/large is encrypted, and the cluster has no/);
  await target.remove("one/large", signal);
});

test("a store that goes away for a while is waited for, by who writes and by who reads", async () => {
  const target = targetOf("vectors", {}, KEYS, {}, 120_000);
  await target.put("one/first", chunks(Buffer.from("first")), signal);
  let isBack = false;
  const back = minio.runWith("peer-1", "peer-2").then(() => (isBack = true));
  const wrote: string[] = [];
  while (!isBack) {
    const path = `one/${String(wrote.length).padStart(4, "0")}`;
    await target.put(path, chunks(Buffer.from(path)), signal);
    expect((await read(target, "one/first")).toString()).toBe("first");
    wrote.push(path);
  }
  await back;
  expect(await names(target, "one/0")).toEqual(wrote);
  for (const path of [...wrote, "one/first"]) await target.remove(path, signal);
});

test("a trial leaves nothing", async () => {
  const target = targetOf("vectors");
  await probeTarget(target, "peer-1", signal);
  expect(await names(target)).toEqual([]);
});

test.each<[string, object, ClusterSecrets, RegExp]>([
  [
    "a wrong key",
    {},
    { ...KEYS, external: { ...KEYS.external, backupSecretKey: "wrong-secret" } },
    /backups at .*, vectors: write \.probe-peer-1: SignatureDoesNotMatch/,
  ],
  [
    "a bucket that it may not use",
    { bucket: "others" },
    KEYS,
    /bucket others at .*: (AccessDenied|NoSuchBucket)/,
  ],
  [
    "an authority that nobody knows",
    { caPem: undefined },
    KEYS,
    /unable to verify|self.signed|UNABLE_TO_VERIFY/i,
  ],
  [
    "a store that is not there",
    { endpoint: "https://127.0.0.1:1" },
    KEYS,
    /127\.0\.0\.1:1, vectors: .*ECONNREFUSED/,
  ],
])("%s is told as what it is, at once", async (_, more, secrets, message) => {
  const begun = performance.now();
  await expect(probeTarget(targetOf("vectors", more, secrets), "peer-1", signal)).rejects.toThrow(message);
  expect(performance.now() - begun).toBeLessThan(20_000);
});

test("content that fails half-way fails the write, with its own reason, and is no object", async () => {
  const target = targetOf("broken");
  const content = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 20; i++) yield randomBytes(1 << 20);
    throw new Error("data/7.parquet is damaged");
  };
  await expect(target.put("one/large", content(), signal)).rejects.toThrow("data/7.parquet is damaged");
  const stop = new AbortController();
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; ; i++) {
      if (i === 20) stop.abort(new Error("cancelled"));
      yield randomBytes(1 << 20);
    }
  };
  await expect(target.put("one/endless", endless(), stop.signal)).rejects.toThrow("cancelled");
  expect(await names(target)).toEqual([]);
});

test("a backup is exported into it by its owner's keys, and imported from it", async () => {
  const dir = await mkdtemp(join(tmpdir(), "milvus-onprem-s3-"));
  const [here, there] = [await clusterIn(dir, "here"), await clusterIn(dir, "there")];
  try {
    const manifest = await backedUp(here);
    const [s3KeyFile, s3CaFile] = [join(dir, "keys"), join(dir, "ca.pem")];
    await writeFile(s3KeyFile, `${KEYS.minioUser}\n${KEYS.minioPassword}\n`);
    await writeFile(s3CaFile, minio.caPem);
    const s3Endpoint = `https://${minio.spec.peers[0]!.address}:9000`;
    const store = await storeAt(`s3://${BUCKET}/away`, { s3Endpoint, s3KeyFile, s3CaFile }, here.cluster);
    await exportToStore(here.cluster, "nightly", store!);
    await importBackup(there.cluster, inStore(store!, "nightly"), "of-march");
    expect(await there.shelf.manifest("of-march")).toEqual({ ...manifest, name: "of-march" });
  } finally {
    await Promise.all([here.close(), there.close()]);
    await rm(dir, { recursive: true, force: true });
  }
});
