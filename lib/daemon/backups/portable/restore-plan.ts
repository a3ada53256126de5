import { knowsAccess } from "./access";
import type { CollectionEntry, DataManifest } from "../manifest";
import type { MilvusCalls } from "./calls";
import { fullName } from "./context";
import { fitOf } from "./fit";
import { choose, listCollections, parseName, type CollectionName } from "./names";
import type { RestoreOptions, RestoreReport } from "./options";

export interface PlannedCollection {
  readonly entry: CollectionEntry;
  readonly to: CollectionName;
}

export interface RestorePlan {
  /** To be made first. */
  readonly databases: DataManifest["databases"];
  readonly collections: readonly PlannedCollection[];
  /** Whether roles and grants are made. */
  readonly access: boolean;
  readonly report: Omit<RestoreReport, "restored">;
}

/** What a restoration will do here, and what stands in its way. */
export async function planRestore(
  calls: MilvusCalls,
  o: RestoreOptions,
  version: string,
): Promise<RestorePlan> {
  const { data } = o.manifest;
  const names = data.databases.map(({ name }) => name);
  const renamed = renaming(o.rename ?? {});
  const chosen = choose({ databases: names, collections: data.collections }, o);
  const wanted = chosen.map((entry) => ({ entry, to: renamed.get(fullName(entry)) ?? entry }));
  const unused = [...renamed.keys()].filter((from) => !chosen.some((entry) => fullName(entry) === from));
  if (unused.length > 0) throw new Error(`${unused.join(", ")}: to be renamed, but not restored`);

  const there = await listCollections(calls);
  const here = new Set(there.collections.map(fullName));
  const isKept = ({ to }: PlannedCollection): boolean => o.keepExisting === true && here.has(fullName(to));
  const kept = wanted.filter(isKept);
  const collections = wanted.filter((c) => !isKept(c));
  const targets = new Set(collections.map(({ to }) => to.database));
  if (!o.collections) names.forEach((name) => targets.add(name));
  const databases = [...targets]
    .filter((name) => !there.databases.includes(name))
    .map((name) => data.databases.find((d) => d.name === name) ?? { name, properties: {} });
  const fits = collections.map(({ entry }) => fitOf(entry, version));
  const access = restoresAccess(o) && (await knowsAccess(calls));
  return {
    databases,
    collections,
    access,
    report: {
      steps: [
        ...databases.map(({ name }) => `create database ${name}`),
        ...kept.map(({ to }) => `leave ${fullName(to)} as it is: it exists`),
        ...collections.map((c) => stepOf(c, here.has(fullName(c.to)), o)),
        ...(access ? [`make roles and their grants: ${rolesOf(data)}`] : []),
      ],
      warnings: [
        ...fits.flatMap(({ warnings }) => warnings),
        ...aliasWarnings(collections),
        ...(access ? userWarnings(o) : []),
        ...(restoresAccess(o) && !access ? [NO_ACCESS] : []),
      ],
      refusals: [
        ...fits.flatMap(({ refusals }) => refusals),
        ...twice(collections),
        ...(await inTheWay(calls, collections, here, o)),
      ],
    },
  };
}

const NO_ACCESS = "this server has no users and roles: those of the backup are left out";

/** Who may do what is one thing for the whole cluster: part of a backup leaves it alone. */
function restoresAccess({ manifest, collections }: RestoreOptions): boolean {
  return manifest.data.access !== undefined && !collections;
}

/** Aliases stay with the collection that has the name. */
export function keepsAliases({ entry, to }: PlannedCollection): boolean {
  return fullName(entry) === fullName(to);
}

function renaming(rename: Readonly<Record<string, string>>): Map<string, CollectionName> {
  return new Map(Object.entries(rename).map(([from, to]) => [fullName(parseName(from)), parseName(to)]));
}

function stepOf({ entry, to }: PlannedCollection, exists: boolean, o: RestoreOptions): string {
  const mib = entry.files.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20;
  const as = fullName(entry) === fullName(to) ? "" : ` as ${fullName(to)}`;
  const how = [
    `${entry.rows} rows (${mib.toFixed(1)} MiB)`,
    ...(exists && o.dropExisting ? ["in place of the one that exists"] : []),
    ...(o.load && entry.replicas > 0 ? ["loaded then"] : []),
  ];
  return `restore ${fullName(entry)}${as}: ${how.join(", ")}`;
}

function rolesOf({ access }: DataManifest): string {
  return access?.roles.map(({ name }) => name).join(", ") || "none";
}

function aliasWarnings(collections: readonly PlannedCollection[]): string[] {
  return collections
    .filter((c) => !keepsAliases(c) && c.entry.aliases.length > 0)
    .map(
      ({ entry, to }) =>
        `${fullName(to)} does not get the aliases ${entry.aliases.join(", ")} of ${fullName(entry)}`,
    );
}

function userWarnings(o: RestoreOptions): string[] {
  const users = o.manifest.data.access?.users.map(({ name }) => name).filter((name) => name !== "root") ?? [];
  if (users.length === 0) return [];
  return [
    `users cannot be restored, since Milvus gives no passwords away: make those of ${users.join(", ")} that are missing, and restore ` +
      "their roles by giving them again",
  ];
}

function twice(collections: readonly PlannedCollection[]): string[] {
  const names = collections.map(({ to }) => fullName(to));
  const double = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  return double.map((name) => `several collections would become ${name}: rename them apart`);
}

async function inTheWay(
  calls: MilvusCalls,
  collections: readonly PlannedCollection[],
  here: ReadonlySet<string>,
  o: RestoreOptions,
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
