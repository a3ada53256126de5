import type { MilvusCalls } from "./calls";
import { fullName } from "./context";
import { choose, listCollections, parseName, type CollectionName } from "./names";

/** A collection of a backup, and what it is to be called here. */
export interface Planned<C extends CollectionName> {
  readonly entry: C;
  readonly to: CollectionName;
}

export interface TargetOptions {
  readonly collections?: readonly string[];
  readonly rename?: Readonly<Record<string, string>>;
  readonly dropExisting: boolean;
  readonly keepExisting?: boolean;
  readonly done: readonly string[];
}

export interface Targets<C extends CollectionName> {
  readonly collections: readonly Planned<C>[];
  /** Left as they are. */
  readonly kept: readonly Planned<C>[];
  /** Databases to be made first. */
  readonly databases: readonly string[];
  /** Full names of what is there. */
  readonly here: ReadonlySet<string>;
  readonly refusals: readonly string[];
}

/** Where collections of a backup go here, whichever engine made it, and what is in their way. */
export async function planTargets<C extends CollectionName>(
  calls: MilvusCalls,
  of: { readonly databases: readonly string[]; readonly collections: readonly C[] },
  o: TargetOptions,
): Promise<Targets<C>> {
  const renamed = renaming(o.rename ?? {});
  const chosen = choose(of, o);
  const wanted = chosen.map((entry) => ({ entry, to: renamed.get(fullName(entry)) ?? entry }));
  const unused = [...renamed.keys()].filter((from) => !chosen.some((entry) => fullName(entry) === from));
  if (unused.length > 0) throw new Error(`${unused.join(", ")}: to be renamed, but not restored`);

  const there = await listCollections(calls);
  const here = new Set(there.collections.map(fullName));
  const isKept = ({ to }: Planned<C>): boolean => o.keepExisting === true && here.has(fullName(to));
  const collections = wanted.filter((c) => !isKept(c));
  const targets = new Set(collections.map(({ to }) => to.database));
  if (!o.collections) of.databases.forEach((name) => targets.add(name));
  return {
    ...{ collections, kept: wanted.filter(isKept), here },
    databases: [...targets].filter((name) => !there.databases.includes(name)),
    refusals: [...twice(collections), ...(await inTheWay(calls, collections, here, o))],
  };
}

/** Aliases stay with the collection that has the name. */
export function keepsAliases({ entry, to }: Planned<CollectionName>): boolean {
  return fullName(entry) === fullName(to);
}

export function aliasWarnings(
  collections: readonly Planned<CollectionName & { readonly aliases: readonly string[] }>[],
): string[] {
  return collections
    .filter((c) => !keepsAliases(c) && c.entry.aliases.length > 0)
    .map(
      ({ entry, to }) =>
        `${fullName(to)} does not get the aliases ${entry.aliases.join(", ")} of ${fullName(entry)}`,
    );
}

function renaming(rename: Readonly<Record<string, string>>): Map<string, CollectionName> {
  return new Map(Object.entries(rename).map(([from, to]) => [fullName(parseName(from)), parseName(to)]));
}

function twice(collections: readonly Planned<CollectionName>[]): string[] {
  const names = collections.map(({ to }) => fullName(to));
  const double = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  return double.map((name) => `several collections would become ${name}: rename them apart`);
}

async function inTheWay(
  calls: MilvusCalls,
  collections: readonly Planned<CollectionName>[],
  here: ReadonlySet<string>,
  o: TargetOptions,
): Promise<string[]> {
  const found: string[] = [];
  for (const { entry, to } of collections) {
    if (o.done.includes(fullName(entry))) continue;
    if (here.has(fullName(to))) {
      if (!o.dropExisting) {
        found.push(
          `${fullName(to)} exists: restore under another name (rename), or replace it (drop existing)`,
        );
      }
      continue;
    }
    // Milvus finds collections by their aliases, too.
    const request = { db_name: to.database, collection_name: to.name };
    const reply = await calls
      .ask<{ value: boolean }>(`look for ${fullName(to)}`, "HasCollection", request)
      .catch(() => ({ value: false }));
    if (reply.value) found.push(`${fullName(to)} is an alias of another collection: drop the alias first`);
  }
  return found;
}
