import type { BackupReply, BackupSummary } from "../../api/wire";
import type { CollectionEntry, Manifest, ReadWindow } from "./manifest";
import { fullName } from "./portable";
import type { OnShelf } from "./shelf";

/** A line of a list. */
export function summaryOf({ name, bytes, manifest, problem }: OnShelf): BackupSummary {
  if (!manifest)
    return { name, bytes, ...(problem ? { state: "damaged", problem } : { state: "unfinished" }) };
  const { createdAt, cluster, data } = manifest;
  const { engine } = data;
  const rows = data.collections.map((c) => c.rows).reduce((sum, n) => sum + n, 0);
  const collections = data.collections.length;
  return { name, state: "complete", bytes, createdAt, engine, milvus: cluster.milvus, collections, rows };
}

export function replyOf({ name, createdAt, cluster, data }: Manifest): BackupReply {
  const about = { name, createdAt, cluster, engine: data.engine };
  if (data.engine === "portable")
    return { ...about, read: times(data.read), collections: data.collections.map(collectionOf) };
  const { read } = data;
  const collections = data.collections.map((c) => ({
    ...{ name: fullName(c), rows: c.rows, bytes: c.bytes, read },
  }));
  return { ...about, read, collections };
}

function collectionOf(c: CollectionEntry): BackupReply["collections"][number] {
  const bytes = c.files.reduce((sum, file) => sum + file.bytes, 0);
  return { name: fullName(c), rows: c.rows, bytes, read: times(c.read) };
}

function times({ from, to }: ReadWindow): BackupReply["read"] {
  return { from: from.at, to: to.at };
}
