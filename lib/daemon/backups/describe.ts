import type { BackupReply, BackupSummary } from "../../api/wire";
import type { CollectionEntry, Manifest, ReadWindow } from "./manifest";
import { fullName } from "./portable";
import type { OnShelf } from "./shelf";

/** A line of a list. */
export function summaryOf({ name, bytes, manifest, problem }: OnShelf): BackupSummary {
  if (!manifest)
    return { name, bytes, ...(problem ? { state: "damaged", problem } : { state: "unfinished" }) };
  const { createdAt, cluster, data } = manifest;
  const rows = data.collections.reduce((sum, c) => sum + c.rows, 0);
  const collections = data.collections.length;
  return { name, state: "complete", bytes, createdAt, milvus: cluster.milvus, collections, rows };
}

export function replyOf({ name, createdAt, cluster, data }: Manifest): BackupReply {
  return {
    name,
    createdAt,
    cluster,
    read: times(data.read),
    collections: data.collections.map(collectionOf),
  };
}

function collectionOf(c: CollectionEntry): BackupReply["collections"][number] {
  const bytes = c.files.reduce((sum, file) => sum + file.bytes, 0);
  return { name: fullName(c), rows: c.rows, bytes, read: times(c.read) };
}

function times({ from, to }: ReadWindow): BackupReply["read"] {
  return { from: from.at, to: to.at };
}
