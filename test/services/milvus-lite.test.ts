/** Rows of a real Milvus 2.3.5 on a laptop, in a real Milvus Lite, and back. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportMilvus, restoreExport, type Elsewhere } from "../../lib/cli/backups/elsewhere";
import { Films } from "../support/films";
import { MilvusLite } from "../support/milvus-lite";
import { PASSWORD, StandaloneMilvus } from "../support/standalone-milvus";

jest.setTimeout(5 * 60_000);

const ROWS = 20_000;
const PLAIN = { dropExisting: false, keepExisting: false, load: true, dryRun: false };

let dir: string;
let milvus: StandaloneMilvus;
let lite: MilvusLite;
let whole: Elsewhere;
let nearest: string[];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "milvus-onprem-elsewhere-"));
  milvus = await StandaloneMilvus.start();
  lite = await MilvusLite.start();
  const passwordFile = join(dir, "password");
  await writeFile(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  whole = { address: milvus.address, passwordFile };
  const films = await Films.at(milvus.address, PASSWORD);
  await films.make("films", ROWS);
  nearest = await films.nearest("films");
  await films.close();
});

afterAll(async () => {
  await Promise.all([milvus?.stop(), lite?.stop()]);
  await rm(dir, { recursive: true, force: true });
});

async function found(address: string, password: string, collection: string): Promise<object> {
  const films = await Films.at(address, password);
  try {
    return { rows: await films.count(collection), nearest: await films.nearest(collection) };
  } finally {
    await films.close();
  }
}

test("what a cluster holds can be opened on a laptop: every row, and searches find the same", async () => {
  await exportMilvus(whole, dir, { name: "production" });
  const { restored } = await restoreExport({ address: lite.address }, join(dir, "production"), PLAIN);
  expect(restored).toEqual([{ from: "default/films", to: "default/films", rows: ROWS }]);
  expect(await found(lite.address, "", "films")).toEqual({ rows: ROWS, nearest });
});

test("and what is made there goes back", async () => {
  await exportMilvus({ address: lite.address }, dir, { name: "laptop" });
  const o = { ...PLAIN, rename: { films: "films_again" } };
  await restoreExport(whole, join(dir, "laptop"), o);
  expect(await found(milvus.address, PASSWORD, "films_again")).toEqual({ rows: ROWS, nearest });
});

test("what exists there is left alone, and a directory is not written over", async () => {
  await expect(restoreExport({ address: lite.address }, join(dir, "production"), PLAIN)).rejects.toThrow(
    "default/films exists",
  );
  await expect(exportMilvus(whole, dir, { name: "production" })).rejects.toThrow("there is a backup in");
  const kept = await restoreExport({ address: lite.address }, join(dir, "production"), {
    ...PLAIN,
    keepExisting: true,
  });
  expect(kept).toMatchObject({
    steps: ["leave default/films as it is: it exists"],
    warnings: ["this server has no users and roles: those of the backup are left out"],
  });
});

test("a Milvus that does not let root in, or is none, is told by its address", async () => {
  for (const address of [milvus.address, "127.0.0.1:1"])
    await expect(exportMilvus({ address }, dir, { name: "none" })).rejects.toThrow(
      `no Milvus lets root in at ${address}: `,
    );
});
