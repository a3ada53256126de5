import type { ClusterSpec } from "../../spec/spec";
import { leaveWord, wordAt } from "./probe";
import type { BackupTarget } from "./target";

/** Whether it has to be proved that peers have one and the same target: a directory may be another one on each. */
export function mayDiffer({ backups }: Pick<ClusterSpec, "backups">): boolean {
  return backups?.target?.kind === "directory";
}

/** Throws when another peer's word is not there, or is another one. */
export async function refuseAnother(
  target: BackupTarget,
  { peer, word }: { readonly peer: string; readonly word: string },
  signal: AbortSignal,
): Promise<void> {
  if ((await wordAt(target, wordOf(peer), signal)) === word) return;
  throw new Error(
    `${target.name}: what ${peer} has written is not there: mount one and the same share on every peer`,
  );
}

/** Leaves a peer's word while something is done. */
export async function withWord(
  target: BackupTarget,
  { peer, word }: { readonly peer: string; readonly word: string },
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  await leaveWord(target, wordOf(peer), word, signal);
  try {
    await work();
  } finally {
    await target.remove(wordOf(peer), signal);
  }
}

/**
 * For peers that nobody leads yet: each leaves a word, which stays, and looks for those of the others. Returns peers whose word is not
 * there.
 */
export async function missingWords(
  target: BackupTarget,
  o: { readonly peer: string; readonly others: readonly string[]; readonly word: string },
  signal: AbortSignal,
): Promise<string[]> {
  if ((await wordAt(target, wordOf(o.peer), signal)) !== o.word)
    await leaveWord(target, wordOf(o.peer), o.word, signal);
  const found = await Promise.all(o.others.map((peer) => wordAt(target, wordOf(peer), signal)));
  return o.others.filter((_, i) => found[i] !== o.word);
}

/** No name of a backup begins with a dot. */
const wordOf = (peer: string): string => `.shared-${peer}`;
