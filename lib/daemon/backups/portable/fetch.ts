import { createHash } from "node:crypto";
import { messageOf } from "../../wait";
import type { RowFile } from "../manifest";
import { NotThere, type BackupTarget } from "../target";

/** A file of a backup is not what the manifest says. */
export class Damaged extends Error {
  constructor(
    readonly path: string,
    readonly problem: string,
  ) {
    super(`${path} is damaged: ${problem}`);
    this.name = "Damaged";
  }
}

/** A file in memory, whole and as it was written; throws Damaged. */
export async function fetchFile(
  target: BackupTarget,
  prefix: string,
  { path, bytes, sha256 }: Pick<RowFile, "path" | "bytes" | "sha256">,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const content = new Uint8Array(bytes);
  const hash = createHash("sha256");
  let offset = 0;
  try {
    for await (const chunk of target.get(`${prefix}/${path}`, signal)) {
      if (offset + chunk.length > bytes)
        throw new Damaged(path, `it is longer than the ${bytes} bytes that were written`);
      content.set(chunk, offset);
      hash.update(chunk);
      offset += chunk.length;
    }
  } catch (error) {
    if (error instanceof NotThere) throw new Damaged(path, "it is gone");
    if (error instanceof Damaged) throw error;
    throw new Error(`read ${path} from ${target.name}: ${messageOf(error)}`);
  }
  if (offset < bytes) throw new Damaged(path, `it has ${offset} of the ${bytes} bytes that were written`);
  const found = hash.digest("hex");
  if (found !== sha256)
    throw new Damaged(path, `its SHA-256 is ${found}, and was ${sha256} when it was written`);
  return content;
}
