import { RESTORES_TO, RIGHTS_SINCE } from "../../../spec/milvus-backup";

/** "v2.4.10" and "2.4.10-dev" alike; undefined for what has no such number, as builds of a branch. */
function partsOf(version: string): { line: number; patch: number } | undefined {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return undefined;
  return { line: Number(major) * 100 + Number(minor), patch: Number(patch) };
}

/** Whether a Milvus tells milvus-backup of its users and roles. */
export function knowsRights(version: string): boolean {
  const parts = partsOf(version);
  const since = RIGHTS_SINCE;
  return (
    parts === undefined ||
    parts.line > since.line ||
    (parts.line === since.line && parts.patch >= since.patch)
  );
}

/** Why a backup of one version cannot be restored into a Milvus of another; undefined when it can. */
export function versionProblem(from: string, to: string): string | undefined {
  const [of, here] = [partsOf(from), partsOf(to)];
  if (here && here.line < RESTORES_TO)
    return `milvus-backup restores into Milvus 2.4 or newer, and this is ${to}: make backups for it with the engine portable`;
  if (of && here && of.line > here.line)
    return `it is of Milvus ${from}, and milvus-backup restores into the same or a newer one: this is ${to}`;
  return undefined;
}
