import { LATEST } from "../../spec/restore-from";
import { Conflict } from "../errors";
import { Shelf } from "./shelf";
import type { BackupTarget } from "./target";

/** Throws Conflict when a target has no finished backup of a name, or by LATEST none at all: with the names of those that it has. */
export async function refuseMissing(
  target: BackupTarget,
  backup: string,
  signal: AbortSignal,
): Promise<void> {
  const shelf = new Shelf(target, signal);
  if (backup !== LATEST && (await shelf.find(backup))) return;
  const all = await shelf.list();
  const whole = all.filter(({ manifest }) => manifest !== undefined).map(({ name }) => name);
  if (backup === LATEST && whole.length > 0) return;
  const what = backup === LATEST ? "no finished backup" : `no finished backup "${backup}"`;
  const problems = all.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]));
  throw new Conflict(
    [
      `${target.name} has ${what}, and nothing was begun`,
      ...(whole.length > 0 ? [`it has: ${whole.join(", ")}`] : []),
      ...problems,
      "correct backups.target or restore_from, or leave restore_from out for an empty cluster",
    ].join("; "),
  );
}
