import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import {
  META,
  objectsOfSegment,
  parseMeta,
  segmentsOf,
  wasLoaded,
  type BackupMeta,
  type MetaCollection,
} from "../../../spec/milvus-backup";
import { messageOf } from "../../wait";
import type { BackedUpObject, PhysicalCollection } from "../manifest";
import { isOurs } from "../portable/names";
import type { PhysicalContext } from "./context";

type Reads = Pick<PhysicalContext, "target" | "signal">;

export interface FoundMeta {
  readonly content: string;
  readonly object: BackedUpObject;
}

/** What the tool has written down of a backup, with its checksum. Throws NotThere. */
export async function fetchMeta(ctx: Reads, backup: string, folder: string): Promise<FoundMeta> {
  const path = `${folder}/${META}`;
  const content = await buffer(ctx.target.get(`${backup}/${path}`, ctx.signal));
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { content: content.toString(), object: { path, bytes: content.length, sha256 } };
}

/** Throws for what the tool does not write. */
export function understood(what: string, content: string): BackupMeta {
  try {
    return parseMeta(content);
  } catch (error) {
    throw new Error(`${what} is not what milvus-backup writes: ${messageOf(error)}`, { cause: error });
  }
}

/** Collections of a backup, but those that daemons or restorations had made for a while. */
export function collectionsIn({ collection_backups }: BackupMeta): PhysicalCollection[] {
  return (collection_backups ?? []).map(collectionOf).filter((c) => !isOurs(c));
}

export function databasesIn({ database_backups }: BackupMeta): string[] {
  const names = (database_backups ?? []).map(({ db_name }) => db_name);
  return names.filter((database) => !isOurs({ database, name: "" }));
}

function collectionOf(c: MetaCollection): PhysicalCollection {
  const segments = segmentsOf(c);
  const files = segments.flatMap(objectsOfSegment);
  return {
    ...{ database: c.db_name, name: c.collection_name, aliases: [...(c.aliases ?? [])] },
    partitions: (c.partition_backups ?? []).map(({ partition_name }) => partition_name),
    loaded: wasLoaded(c),
    rows: segments.reduce((sum, { num_of_rows }) => sum + num_of_rows, 0),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
