import { randomUUID } from "node:crypto";
import type { BackupTarget } from "./target";

/** Writes, reads, lists and deletes as backups do; throws what the target refuses. Leaves nothing. */
export async function probeTarget(target: BackupTarget, peer: string, signal: AbortSignal): Promise<void> {
  // No name of a backup begins with a dot.
  const path = `.probe-${peer}`;
  const text = randomUUID();
  await target.put(path, once(text), signal);
  const chunks: Uint8Array[] = [];
  for await (const chunk of target.get(path, signal)) chunks.push(chunk);
  if (Buffer.concat(chunks).toString() !== text)
    throw new Error(`${target.name}: ${path} is read as something else`);
  await listed(target, path, signal);
  await target.remove(path, signal);
}

async function listed(target: BackupTarget, path: string, signal: AbortSignal): Promise<void> {
  for await (const found of target.list(path, signal)) if (found.path === path) return;
  throw new Error(`${target.name}: ${path} was written and is not listed`);
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
