import type { CollectionEntry, RowFile } from "../../manifest";
import { lineOf } from "../fit";
import { columnsOf } from "../types";
import { isImported } from "./layout";
import type { ImportPlace } from "./place";

/** Milvus' import takes seconds for each file, whatever is in it, and works on one at a time. */
const FILE_BYTES = 128 * 2 ** 20;
/** Inserting takes as long as one import's seconds do. */
const LEAST_BYTES = 16 * 2 ** 20;
/** The line that it was tried with. */
const TRIED = 203;

/** Files of a backup that become one for bulk import: those of one partition, up to a size that Milvus likes. */
export function importGroups(files: readonly RowFile[]): RowFile[][] {
  const groups: RowFile[][] = [];
  const open = new Map<string | undefined, { group: RowFile[]; bytes: number }>();
  for (const file of files) {
    let at = open.get(file.partition);
    if (!at || at.bytes + file.bytes > FILE_BYTES) {
      at = { group: [], bytes: 0 };
      open.set(file.partition, at);
      groups.push(at.group);
    }
    at.group.push(file);
    at.bytes += file.bytes;
  }
  return groups;
}

export const bytesIn = (files: readonly RowFile[]): number =>
  files.reduce((sum, { bytes }) => sum + bytes, 0);

/** Why rows of a collection are inserted, and not imported in bulk; undefined when they are imported. */
export function whyInserted(
  entry: CollectionEntry,
  version: string,
  { leastBytes = LEAST_BYTES }: Pick<ImportPlace, "leastBytes">,
): string | undefined {
  if (lineOf(version) !== TRIED) return `bulk import was tried with Milvus 2.3 alone, and this is ${version}`;
  const unknown = columnsOf(entry).find((field) => !isImported(field));
  if (unknown) return `bulk import takes no field of type ${unknown.type} (${unknown.name})`;
  return bytesIn(entry.files) < leastBytes * Math.max(1, importGroups(entry.files).length)
    ? "it is too small for bulk import to be quicker"
    : undefined;
}
