import { objectsOfSegment, segmentsOf, type BackupMeta } from "../../../spec/milvus-backup";
import type { PhysicalBackup } from "../manifest";
import type { Finding } from "../portable";
import { NotThere } from "../target";
import type { PhysicalContext } from "./context";
import { fetchMeta, understood } from "./meta";

type Reads = Pick<PhysicalContext, "target" | "signal">;

export interface Verified {
  /** Files that are to be there. */
  readonly files: number;
  readonly findings: Finding[];
}

/**
 * Whether the tool's meta is what was written, and every file that it names is there with its size. What is in them nobody can tell: there
 * are no checksums of them.
 */
export async function verifyPhysical(ctx: Reads, { name, data }: PhysicalBackup): Promise<Verified> {
  const { folder, meta } = data;
  const damaged = (problem: string): Verified => ({ files: 1, findings: [{ path: meta.path, problem }] });
  const found = await fetchMeta(ctx, name, folder).catch((error: unknown) => {
    if (error instanceof NotThere) return undefined;
    throw error;
  });
  if (!found) return damaged("it is gone");
  if (found.object.sha256 !== meta.sha256) return damaged("its content is not what was written");
  return missingFiles(ctx, name, folder, understood(`${name}/${meta.path}`, found.content));
}

/** Files that the meta names, and what is wrong with them. */
export async function missingFiles(
  { target, signal }: Reads,
  backup: string,
  folder: string,
  { collection_backups }: BackupMeta,
): Promise<Verified> {
  const wanted = new Map<string, number>();
  for (const c of collection_backups ?? [])
    for (const o of segmentsOf(c).flatMap(objectsOfSegment)) wanted.set(`${folder}/${o.path}`, o.bytes);
  const files = wanted.size + 1;
  const findings: Finding[] = [];
  for await (const { path: whole, bytes } of target.list(`${backup}/${folder}/`, signal)) {
    const path = whole.slice(backup.length + 1);
    const expected = wanted.get(path);
    wanted.delete(path);
    if (expected !== undefined && expected !== bytes)
      findings.push({ path, problem: `it has ${bytes} bytes, and ${expected} were written` });
  }
  for (const path of wanted.keys()) findings.push({ path, problem: "it is gone" });
  return { files, findings };
}
