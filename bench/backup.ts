/**
 * The portable engine against the same calls of the SDK in a bare loop, as many side by side: `npx tsx bench/backup.ts [rows]`.
 * One process a measurement, with the limits of a daemon's, so that its memory can be told.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify as promised } from "node:util";
import { DAEMON_ENVIRONMENT } from "../lib/host/daemon";
import { StandaloneMilvus } from "../test/support/standalone-milvus";
import { KEYS, specWithTarget, targetMinio } from "../test/support/target-minio";
import { bundle } from "../tools/bundle";
import { collection, fill, PAGE as page } from "./backup-rows";
import { DIM, NAME, type Piece } from "./backup-terms";
import { report } from "./report";

const parallel = { export: 4, restore: 2 };
/** Whole pages. */
const rows = Math.ceil(Number(process.argv[2] ?? 200_000) / page) * page;

async function main(): Promise<void> {
  const [milvus, minio] = await Promise.all([StandaloneMilvus.start(), targetMinio()]);
  const dir = await mkdtemp(join(tmpdir(), "milvus-onprem-bench-"));
  try {
    const client = await milvus.open();
    await collection(client, `${NAME}_bare`);
    await collection(client, NAME);
    await fill(client, rows);
    const script = join(dir, "work.js");
    await bundle(join(__dirname, "backup-work.ts"), script, "");
    const run = async (
      piece: Piece["piece"],
      side = 1,
      more: Pick<Piece, "outside" | "imports"> = {},
    ): Promise<{ ms: number; mib: number }> => {
      const o: Piece = { piece, address: milvus.address, dir, rows, page, parallel: side, ...more };
      const { stdout } = await promised(execFile)(process.execPath, [script, JSON.stringify(o)], {
        env: { ...process.env, ...DAEMON_ENVIRONMENT },
      });
      return JSON.parse(stdout) as { ms: number; mib: number };
    };
    const took: Partial<Record<Piece["piece"], number>> = {};
    for (const piece of ["export", "restore"] as const) {
      const bare = await run(`bare ${piece}`, parallel[piece]);
      const ours = await run(piece, parallel[piece]);
      const note = `${Math.round((rows / ours.ms) * 1000)} rows/s; ${ours.mib} MiB resident at most, bare ${bare.mib} MiB`;
      took[piece] = ours.ms;
      took[`bare ${piece}`] = bare.ms;
      report(
        `${piece}: ${rows} x ${DIM}d`,
        ours.ms,
        `the same calls, ${parallel[piece]} side by side`,
        bare.ms,
        note,
      );
    }
    const bulk = await run("restore", 1, { imports: milvus.importsDir });
    report(
      `restore by bulk import: ${rows} x ${DIM}d`,
      bulk.ms,
      "inserts, 2 side by side",
      took["bare restore"]!,
      `${bulk.mib} MiB`,
    );
    const disk = await run("bare files");
    report("export to files", took.export!, "its bytes written and synced alone", disk.ms);
    const read = await run("bare reads");
    report("restore from files", took.restore!, "its bytes read alone, as the system has them", read.ms);
    const outside = { spec: specWithTarget(minio, "vectors"), secrets: KEYS };
    const store = await run("bare objects", 1, { outside });
    const away = await run("export", parallel.export, { outside });
    report("export to a MinIO outside", away.ms, "its bytes put there alone", store.ms, `${away.mib} MiB`);
    const fetched = await run("bare downloads", 1, { outside });
    const back = await run("restore", parallel.restore, { outside });
    report("restore from a MinIO outside", back.ms, "its bytes fetched alone", fetched.ms, `${back.mib} MiB`);
  } finally {
    await Promise.all([milvus.stop(), minio.stop()]);
    await rm(dir, { recursive: true, force: true });
  }
}

void main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
