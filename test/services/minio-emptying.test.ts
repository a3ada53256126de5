/** A pool of a real MinIO that is emptied: what the daemon takes for granted of it, and what MinIO does not allow. */
import { follow } from "../../lib/daemon/jobs/converge/emptying";
import { PoolInForce } from "../../lib/daemon/jobs/converge/pool-in-force";
import type { ChangeContext } from "../../lib/daemon/jobs/converge/context";
import { MinioClient } from "../../lib/daemon/minio/client";
import type { ClusterSecrets } from "../../lib/spec/secrets";
import { MinioPools } from "../support/minio-pools";

jest.setTimeout(4 * 60_000);

const SECRETS = { minioRootUser: "root-of-minio", minioRootPassword: "root/secret+5b1f" } as ClusterSecrets;
const [A, B] = ["peer-1", "peer-2"] as const;
const BUCKET = "vectors";
const FIRST = keys("first", 40);

let minio: MinioPools;
let root: MinioClient;
beforeAll(async () => {
  const { minioRootUser: accessKey, minioRootPassword: secretKey } = SECRETS;
  minio = await MinioPools.start({ rootUser: accessKey, rootPassword: secretKey, bucket: BUCKET });
  root = new MinioClient(minio.http, minio.spec, { accessKey, secretKey });
  await root.call(A, { method: "PUT", path: `/${BUCKET}` });
  await put(FIRST);
});
afterAll(() => minio?.stop());

function keys(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}-${String(i).padStart(3, "0")}`);
}

/** Each holds its name, large enough not to lie within its metadata. */
const bodyOf = (key: string): string => key.repeat(30_000);

async function put(all: readonly string[], via: string = A): Promise<void> {
  const puts = all.map((key) =>
    root.call(via, { method: "PUT", path: `/${BUCKET}/${key}`, body: bodyOf(key) }),
  );
  await Promise.all(puts);
}

async function expectThere(all: readonly string[], via: string = A): Promise<void> {
  for (const key of all)
    expect(await root.call(via, { method: "GET", path: `/${BUCKET}/${key}` })).toBe(bodyOf(key));
}

/** As much of a job as a pool that is emptied needs. */
const told: string[] = [];
const ctx = (): ChangeContext =>
  ({
    params: { from: minio.spec, to: minio.spec },
    ports: { http: minio.http },
    secretsOf: async () => ({ cluster: SECRETS }),
    signal: new AbortController().signal,
    detail: (text: string) => void told.push(text),
    log: () => undefined,
    progress: () => undefined,
    safePoint: () => undefined,
  }) as unknown as ChangeContext;

const pool = (peer: string) => PoolInForce.of(ctx(), [peer]);

test("a pool that nobody empties serves, and has the count of its drives and its room", async () => {
  const second = await pool(B);
  expect((await minio.on(B, BUCKET)).length).toBeGreaterThan(0);
  expect((await second.all()).map(({ state }) => state)).toEqual(["serving", "serving"]);
  expect(await second.offline()).toEqual([]);
  const { pools } = minio.spec.storage;
  const { held, free } = await second.room([pools[1]!], [pools[0]!]);
  expect(free).toBeGreaterThan(held);
});

test("cancelled, it is read from and takes nothing new: MinIO allows no more", async () => {
  const second = await pool(B);
  await second.begin();
  expect(["cancelled", "emptied"]).toContain(await second.stopped({ deadlineMs: 20_000 }));
  await expectThere(FIRST, B);
  const before = await minio.on(B, BUCKET);
  const later = keys("later", 20);
  await put(later, B);
  expect((await minio.on(B, BUCKET)).filter((key) => !before.includes(key))).toEqual([]);
});

test("begun once more it is emptied to the end, every node knows, and every object is in the other pool", async () => {
  await follow(ctx(), await pool(B), { total: 0, everyMs: 100 });
  const second = await pool(B);
  expect([(await second.status(A)).state, (await second.status(B)).state]).toEqual(["emptied", "emptied"]);
  expect(await minio.on(B, BUCKET)).toEqual([]);
  await expectThere(FIRST);
});

test("it may be looked at a second time, which finds nothing", async () => {
  told.length = 0;
  await follow(ctx(), await pool(B), { total: 0, everyMs: 100, anew: true });
  expect(told[0]).toBe("emptying pool 2 (peer-2): it has begun");
  expect((await (await pool(B)).status()).objects).toBe(0);
});

test("MinIO starts without it and has everything", async () => {
  await minio.runWith(A);
  await expectThere([...FIRST, ...keys("later", 20)]);
  await expect((await pool(A)).all()).rejects.toThrow(
    "MinIO on peer-1 runs with 1 pools, and the spec in force has 2",
  );
});

test("added again with what its drives still hold, it takes new objects", async () => {
  await minio.runWith(A, B);
  expect((await (await pool(B)).status()).state).toBe("serving");
  await put(keys("again", 40), B);
  expect((await minio.on(B, BUCKET)).length).toBeGreaterThan(0);
  await expectThere([...FIRST, ...keys("again", 40)]);
});
