/**
 * The portable engine against the same calls of the SDK in a bare loop, as many side by side: `npx tsx bench/backup.ts [rows]`.
 * One process a measurement, so that its memory can be told.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify as promised } from "node:util";
import { DataType, promisify, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { StandaloneMilvus } from "../test/support/standalone-milvus";
import { bundle } from "../tools/bundle";
import { DIM, NAME, type Piece } from "./backup-terms";
import { report } from "./report";

/** Without a limit Node takes what the machine has before it looks for what is not needed any more. */
const HEAP_MIB = 128;
/** What the engine settles on for such rows. */
const page = 1_000;
const parallel = { export: 4, restore: 2 };
/** Whole pages. */
const rows = Math.ceil(Number(process.argv[2] ?? 200_000) / page) * page;

async function main(): Promise<void> {
  const milvus = await StandaloneMilvus.start();
  const dir = await mkdtemp(join(tmpdir(), "milvus-onprem-bench-"));
  try {
    const client = await milvus.open();
    await collection(client, `${NAME}_bare`);
    await collection(client, NAME);
    await fill(client);
    const script = join(dir, "work.js");
    await bundle(join(__dirname, "backup-work.ts"), script, "");
    const run = async (piece: Piece["piece"], side: number): Promise<{ ms: number; mib: number }> => {
      const o: Piece = { piece, address: milvus.address, dir, rows, page, parallel: side };
      const { stdout } = await promised(execFile)(process.execPath, [
        `--max-old-space-size=${HEAP_MIB}`,
        script,
        JSON.stringify(o),
      ]);
      return JSON.parse(stdout) as { ms: number; mib: number };
    };
    for (const piece of ["export", "restore"] as const) {
      const bare = await run(`bare ${piece}`, parallel[piece]);
      const ours = await run(piece, parallel[piece]);
      const note = `${Math.round((rows / ours.ms) * 1000)} rows/s; ${ours.mib} MiB resident at most, bare ${bare.mib} MiB`;
      report(
        `${piece}: ${rows} x ${DIM}d`,
        ours.ms,
        `the same calls, ${parallel[piece]} side by side`,
        bare.ms,
        note,
      );
    }
  } finally {
    await milvus.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

async function collection(client: MilvusClient, collection_name: string): Promise<void> {
  const fields = [
    { name: "id", data_type: DataType.Int64, is_primary_key: true, autoID: false },
    { name: "v", data_type: DataType.FloatVector, dim: DIM },
  ];
  await client.createCollection({ collection_name, fields });
  const index = { index_type: "FLAT", metric_type: "L2", params: "{}" };
  await client.createIndex({ collection_name, field_name: "v", extra_params: index });
  if (collection_name === NAME) await client.loadCollectionSync({ collection_name });
}

async function fill(client: MilvusClient): Promise<void> {
  for (let from = 0; from < rows; from += page) {
    const data = Array.from({ length: page * DIM }, () => Math.fround(Math.random()));
    const ids = Array.from({ length: page }, (_, i) => String(from + i));
    const fields_data = [
      { type: "Int64", field_name: "id", scalars: { long_data: { data: ids } } },
      { type: "FloatVector", field_name: "v", vectors: { dim: DIM, float_vector: { data } } },
    ];
    const request = { collection_name: NAME, num_rows: page, fields_data };
    const reply = await promisify(client.channelPool, "Insert", request, 60_000);
    if (reply.status.error_code !== "Success") throw new Error(reply.status.reason);
  }
  await client.flushSync({ collection_names: [NAME] });
}

void main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
