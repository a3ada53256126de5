import { messageOf } from "../../wait";
import type { CollectionEntry, PortableBackup, RowFile } from "../manifest";
import type { EngineContext } from "./context";
import { Damaged, fetchFile } from "./fetch";
import type { Finding } from "./options";
import { readParquet } from "./parquet";
import { columnsOf } from "./types";

/** Reads every row of a backup: whether files are what was written, and have as many rows as the manifest says. */
export async function verifyData(
  ctx: Pick<EngineContext, "target" | "signal" | "progress">,
  manifest: PortableBackup,
  prefix: string,
): Promise<Finding[]> {
  const all = manifest.data.collections.flatMap((c) => c.files.map((file) => ({ c, file })));
  const findings: Finding[] = manifest.data.collections.flatMap(rowsAddUp);
  for (const [i, { c, file }] of all.entries()) {
    ctx.signal.throwIfAborted();
    const problem = await problemOf(ctx, prefix, c, file);
    if (problem !== undefined) findings.push({ path: file.path, problem });
    ctx.progress((i + 1) / all.length, file.path);
  }
  return findings;
}

function rowsAddUp({ database, name, rows, files }: CollectionEntry): Finding[] {
  const sum = files.reduce((so, file) => so + file.rows, 0);
  if (sum === rows) return [];
  return [
    { path: "manifest.json", problem: `${database}/${name} has ${rows} rows, and its files have ${sum}` },
  ];
}

async function problemOf(
  { target, signal }: Pick<EngineContext, "target" | "signal">,
  prefix: string,
  c: CollectionEntry,
  file: RowFile,
): Promise<string | undefined> {
  try {
    const content = await fetchFile(target, prefix, file, signal);
    let rows = 0;
    for await (const page of readParquet(columnsOf(c), content)) rows += page.rows;
    return rows === file.rows ? undefined : `it has ${rows} rows, and ${file.rows} were written`;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Damaged ? error.problem : messageOf(error);
  }
}
