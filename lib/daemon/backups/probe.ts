import { randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { NotThere, once, type BackupTarget } from "./target";

/** Writes, reads, lists and deletes as backups do; throws what the target refuses. Leaves nothing. */
export async function probeTarget(target: BackupTarget, peer: string, signal: AbortSignal): Promise<void> {
  // No name of a backup begins with a dot.
  const path = `.probe-${peer}`;
  const text = randomUUID();
  await leaveWord(target, path, text, signal);
  if ((await wordAt(target, path, signal)) !== text)
    throw new Error(`${target.name}: ${path} is read as something else`);
  await listed(target, path, signal);
  await target.remove(path, signal);
}

/** Leaves a word for other peers: who reads it has the same target. */
export async function leaveWord(
  target: BackupTarget,
  path: string,
  word: string,
  signal: AbortSignal,
): Promise<void> {
  await target.put(path, once(word), signal);
}

/** What a peer has left there; undefined when nothing is. */
export async function wordAt(
  target: BackupTarget,
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return (await buffer(target.get(path, signal))).toString();
  } catch (error) {
    if (error instanceof NotThere) return undefined;
    throw error;
  }
}

async function listed(target: BackupTarget, path: string, signal: AbortSignal): Promise<void> {
  for await (const found of target.list(path, signal)) if (found.path === path) return;
  throw new Error(`${target.name}: ${path} was written and is not listed`);
}
