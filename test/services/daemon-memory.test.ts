/** What a daemon takes while it reads a large collection and writes it back, with the limits that it is started with. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { collection, fill, PAGE } from "../../bench/backup-rows";
import { NAME, type Piece } from "../../bench/backup-terms";
import { DAEMON_ENVIRONMENT } from "../../lib/host/daemon";
import { bundle } from "../../tools/bundle";
import { onlyLong } from "../support/long";
import type { MinioPools } from "../support/minio-pools";
import { StandaloneMilvus } from "../support/standalone-milvus";
import { KEYS, specWithTarget, targetMinio } from "../support/target-minio";

jest.setTimeout(15 * 60_000);

const { describe: rarely } = onlyLong("a million rows take minutes to be written, read and written back");

const ROWS = 1_000_000;
const MOST_MIB = 256;

let dir: string;
let milvus: StandaloneMilvus;
let minio: MinioPools;
rarely("a large collection", () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "milvus-onprem-memory-"));
    [milvus, minio] = await Promise.all([StandaloneMilvus.start(), targetMinio()]);
    const client = await milvus.open();
    await collection(client, NAME);
    await fill(client, ROWS);
    await client.closeConnection();
    await bundle(join(__dirname, "../../bench/backup-work.ts"), join(dir, "work.js"), "");
  });
  afterAll(async () => {
    await Promise.all([milvus?.stop(), minio?.stop()]);
    await rm(dir, { recursive: true, force: true });
  });

  test(`${ROWS} rows of 128 dimensions leave the cluster and come back in ${MOST_MIB} MiB`, async () => {
    const o = { address: milvus.address, dir, rows: ROWS, page: PAGE, parallel: 1, outside: await outside() };
    const taken: Record<string, number> = {};
    const ways: [string, Pick<Piece, "piece" | "imports">][] = [
      ["export", { piece: "export" }],
      ["restore by inserts", { piece: "restore" }],
      ["restore by bulk import", { piece: "restore", imports: milvus.importsDir }],
    ];
    for (const [way, more] of ways) {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [join(dir, "work.js"), JSON.stringify({ ...o, ...more } satisfies Piece)],
        { env: { ...process.env, ...DAEMON_ENVIRONMENT } },
      );
      taken[way] = (JSON.parse(stdout) as { mib: number }).mib;
    }
    console.log(`MiB resident at most: ${JSON.stringify(taken)}`);
    for (const [way] of ways) expect([way, taken[way]! <= MOST_MIB]).toEqual([way, true]);
  });
});

/** The costliest way: to an object store, with TLS, encrypted. */
async function outside(): Promise<Piece["outside"]> {
  const { generateX25519Identity } = await import("age-encryption");
  const external = { ...KEYS.external, backupIdentity: await generateX25519Identity() };
  return {
    spec: specWithTarget(minio, "vectors", {}, { encryption: "age" }),
    secrets: { ...KEYS, external },
  };
}
