import type { MilvusCalls } from "./calls";
import { fullName } from "./context";

export interface CollectionName {
  readonly database: string;
  readonly name: string;
}

const DEFAULT_DATABASE = "default";
/** A restoration writes into a collection of this kind, and gives it its name when it is whole. */
const UNFINISHED = "_restoring_";
/** Letters that a name may have (milvus-io/milvus v2.3.22 configs/milvus.yaml, proxy.maxNameLength). */
const MOST = 255;
/** Collections that the daemons make for a while, to see whether Milvus works. */
const OURS = "milvus_onprem_";
/** What a drill restores is in this database for a while. */
export const DRILL_DATABASE = `${OURS}drill`;

/** `mark`: of letters and digits, tells it from what another run has begun. */
export function unfinished({ database, name }: CollectionName, mark?: string): CollectionName {
  return { database, name: `${UNFINISHED}${mark === undefined ? "" : `${mark}_`}${name}`.slice(0, MOST) };
}

const MARKED = new RegExp(`^${UNFINISHED}[0-9a-z]{10,}_\\d+_`);

/** What runs with a mark, of letters, digits and a number, have begun and left. */
export async function listMarked(calls: MilvusCalls, database: string): Promise<CollectionName[]> {
  const what = `list the collections of ${database}`;
  const { collection_names } = await calls.ask<{ collection_names: string[] }>(what, "ShowCollections", {
    db_name: database,
  });
  return collection_names.filter((name) => MARKED.test(name)).map((name) => ({ database, name }));
}

/** Whether it is the daemons' own, or what a restoration has begun. */
export function isOurs({ database, name }: CollectionName): boolean {
  return database.startsWith(OURS) || [UNFINISHED, OURS].some((prefix) => name.startsWith(prefix));
}

/** `database/collection`, or a collection of the database "default". */
export function parseName(text: string): CollectionName {
  const parts = text.split("/");
  const [database, name] = parts.length === 1 ? [DEFAULT_DATABASE, parts[0]!] : parts;
  const isName = /^[A-Za-z_][A-Za-z0-9_$]{0,254}$/;
  if (parts.length > 2 || !isName.test(database!) || !isName.test(name!)) {
    throw new Error(
      `"${text}" is no name of a collection: say "collection" or "database/collection", of letters, digits and underscores`,
    );
  }
  return { database: database!, name: name! };
}

/** All databases and collections, but those that are the daemons' own, or that a restoration has begun. */
export async function listCollections(
  calls: MilvusCalls,
): Promise<{ readonly databases: readonly string[]; readonly collections: readonly CollectionName[] }> {
  const { db_names } = await calls.ask<{ db_names: string[] }>("list databases", "ListDatabases", {});
  const databases = db_names.filter((name) => !name.startsWith(OURS)).sort();
  const collections: CollectionName[] = [];
  for (const database of databases) {
    const what = `list the collections of ${database}`;
    const reply = await calls.ask<{ collection_names: string[] }>(what, "ShowCollections", {
      db_name: database,
    });
    const found = reply.collection_names.map((name) => ({ database, name })).filter((c) => !isOurs(c));
    collections.push(...found.sort((a, b) => (a.name < b.name ? -1 : 1)));
  }
  return { databases, collections };
}

/** Those that are asked for. Throws when one of them is not there. */
export function choose<T extends CollectionName>(
  there: { readonly databases: readonly string[]; readonly collections: readonly T[] },
  o: { readonly databases?: readonly string[]; readonly collections?: readonly string[] },
): T[] {
  const names = o.collections?.map((text) => fullName(parseName(text)));
  const missing = [
    ...(o.databases ?? []).filter((d) => !there.databases.includes(d)).map((d) => `database ${d}`),
    ...(names ?? [])
      .filter((n) => !there.collections.some((c) => fullName(c) === n))
      .map((n) => `collection ${n}`),
  ];
  if (missing.length > 0) {
    const known = there.collections.map(fullName).join(", ") || "no collection";
    throw new Error(`there is no ${missing.join(", no ")}; there is ${known}`);
  }
  return there.collections.filter(
    (c) => (!o.databases || o.databases.includes(c.database)) && (!names || names.includes(fullName(c))),
  );
}
