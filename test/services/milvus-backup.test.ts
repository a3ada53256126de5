/**
 * Our side of the engine milvus-backup with a real Docker engine and a real MinIO; the tool itself is a STAND-IN
 * (lab/images/milvus-backup-standin), so nothing here says how the real one behaves.
 */
import { chmod, copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAll, imageOf } from "../../lab/build";
import { daemonBase } from "../../lab/images/catalogue";
import { docker, run } from "../../lab/run";
import { backupPhysically, verifyPhysical, type PhysicalContext } from "../../lib/daemon/backups/physical";
import { backupTarget } from "../../lib/daemon/backups/place";
import type { PhysicalBackup } from "../../lib/daemon/backups/manifest";
import { DockerJobContainers, JOB_LABEL } from "../../lib/daemon/job-containers";
import { createCa, issuePeerCert } from "../../lib/pki";
import { milvusBackupFiles } from "../../lib/render/milvus-backup";
import type { ClusterSecrets } from "../../lib/spec/secrets";
import type { ClusterSpec } from "../../lib/spec/spec";
import { LocalMinio } from "../support/local-minio";
import { eventually } from "../support/eventually";
import { MilvusWithCollections } from "../unit/daemon/backups/physical-support";
import { SECRETS } from "../unit/render/fixture";
import { peers, spec as specOf } from "../unit/spec/fixture";

jest.setTimeout(10 * 60_000);

const ROOT = join(__dirname, "../..");
const STANDIN = join(ROOT, "lab/images/milvus-backup-standin");
const IMAGE = `lab/milvus-backup-standin:test-${process.pid}`;
const COLLECTIONS = ["450953432541364225", "450953432541364226"];
const SEGMENTS = 5;

let dir: string;
let minio: LocalMinio;
let spec: ClusterSpec;
let secrets: ClusterSecrets;
let tls: { ca: string; cert: string; key: string };
const containers = new DockerJobContainers();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "milvus-onprem-mb-"));
  minio = await LocalMinio.start(["milvus", "backups"]);
  await buildStandin();
  for (const id of COLLECTIONS)
    for (let i = 0; i < SEGMENTS; i++)
      await minio.client.putObject(
        "milvus",
        `files/insert_log/${id}/1/45095343254136500${i}/100/9`,
        `rows ${i}`,
      );
  spec = specOf({
    ...{ version: "v2.4.24", mode: "standalone", peers: peers(1), queue: undefined },
    storage: { s3: { endpoint: minio.endpoint, caPem: minio.caPem }, bucket: "milvus" },
    backups: { target: { s3: { endpoint: minio.endpoint, caPem: minio.caPem, bucket: "backups" } } },
  });
  const { accessKey, secretKey } = minio;
  const external = {
    ...{ s3AccessKey: accessKey, s3SecretKey: secretKey },
    ...{ backupAccessKey: accessKey, backupSecretKey: secretKey },
  };
  secrets = { ...SECRETS, external };
  const ca = await createCa("the cluster's");
  const { certPem, keyPem } = await issuePeerCert(ca, { name: "peer-1", address: "127.0.0.1", days: 1 });
  tls = { ca: ca.certPem, cert: certPem, key: keyPem };
});
afterAll(async () => {
  await minio?.stop();
  await docker("rmi", "-f", IMAGE).catch(() => undefined);
  await rm(dir, { recursive: true, force: true });
});

async function buildStandin(): Promise<void> {
  await buildAll([daemonBase]);
  const program = join(dir, "milvus-backup");
  const esbuild = join(ROOT, "node_modules/.bin/esbuild");
  const source = join(STANDIN, "milvus-backup.ts");
  await run(
    esbuild,
    [source, "--bundle", "--platform=node", "--target=node20", `--outfile=${program}`, "--log-level=error"],
    { cwd: ROOT },
  );
  await chmod(program, 0o755);
  await copyFile(join(STANDIN, "Dockerfile"), join(dir, "Dockerfile"));
  const built = ["build", "-q", "-t", IMAGE, "--build-arg", `BASE=${imageOf(daemonBase)}`, dir];
  await run("docker", built, { timeoutMs: 120_000 });
}

function context(o: Partial<PhysicalContext> = {}): PhysicalContext {
  const milvus = new MilvusWithCollections([]);
  return {
    milvus: { open: async () => milvus.client() },
    target: backupTarget(spec, secrets, { caPem: tls.ca }),
    ...{ containers, image: IMAGE, signal: new AbortController().signal },
    ...{ log: () => undefined, progress: () => undefined, detail: () => undefined },
    ...{ safePoint: () => undefined, fetchImage: async () => undefined },
    stopLeftovers: async () => void (await containers.removeLeftovers()),
    files: (folder) => milvusBackupFiles(spec, secrets, { peer: "peer-1", folder, tls }),
    ...o,
  };
}

const left = async (): Promise<string[]> =>
  (await docker("ps", "-aq", "--filter", `label=${JOB_LABEL}`)).split("\n").filter(Boolean);
/** Id of the one that runs. */
async function atWork(): Promise<string> {
  let id = "";
  await eventually("a container at work", 60_000, async () => {
    id = (await docker("ps", "-q", "--filter", `label=${JOB_LABEL}`)).trim();
    return id !== "";
  });
  return id;
}

const backupOf = (name: string, data: PhysicalBackup["data"]): PhysicalBackup => ({
  ...{ format: 1, name, job: "j", createdAt: new Date().toISOString(), data },
  cluster: { name: "c", id: "i", milvus: "v2.4.24", generation: 1 },
});

test("files are copied from one store to the other, followed, and there with their sizes; nothing of the run stays", async () => {
  const parts: number[] = [];
  const ctx = context({ progress: (part) => void parts.push(part) });
  const data = await backupPhysically(ctx, { name: "nightly", attempt: 1 });
  expect(data.collections.map(({ name, rows }) => [name, rows])).toEqual(
    COLLECTIONS.map((id) => [`c_${id}`, SEGMENTS]),
  );
  expect(parts).toEqual([0.5, 1]);
  expect(await verifyPhysical(ctx, backupOf("nightly", data))).toEqual({
    files: COLLECTIONS.length * SEGMENTS + 1,
    findings: [],
  });
  expect(await left()).toEqual([]);
});

test("what it is told cannot be seen from outside while it runs, and one that is to stop is gone", async () => {
  const stop = new AbortController();
  const running = backupPhysically(context({ signal: stop.signal }), { name: "stopped", attempt: 1 });
  running.catch(() => undefined);
  const id = await atWork();
  const seen = [await docker("inspect", id), await docker("top", id), await docker("diff", id)].join();
  expect(seen).toContain("/app/milvus-backup");
  for (const secret of [SECRETS.milvusRootPassword, minio.secretKey, tls.key])
    expect(seen).not.toContain(secret);
  stop.abort(new Error("leadership has ended"));
  await expect(running).rejects.toThrow("leadership has ended");
  expect(await left()).toEqual([]);
});

test("one that fails tells the last that it has said", async () => {
  const taken = backupPhysically(context(), { name: "nightly", attempt: 1 });
  await expect(taken).rejects.toThrow(
    "milvus-backup create failed (exit code 1): create: execute task: backup: backup with name attempt_1 already exist",
  );
  expect(await left()).toEqual([]);
});

test("what a daemon that died has left is removed, and what is at work is not", async () => {
  const running = backupPhysically(context(), { name: "other", attempt: 1 });
  await atWork();
  await docker("run", "-d", "--label", `${JOB_LABEL}=milvus-backup`, "--entrypoint", "sleep", IMAGE, "600");
  expect(await containers.removeLeftovers()).toBe(1);
  expect(await left()).toHaveLength(1);
  await expect(running).resolves.toMatchObject({ engine: "milvus-backup" });
  expect(await left()).toEqual([]);
});
