import { knowsAccess } from "./access";
import type { CollectionEntry, DataManifest } from "../manifest";
import { bytesIn, whyInserted } from "./bulk/choice";
import type { ImportPlace } from "./bulk/place";
import type { MilvusCalls } from "./calls";
import { fullName } from "./context";
import { fitOf } from "./fit";
import type { RestoreOptions, RestoreReport } from "./options";
import { aliasWarnings, planTargets, type Planned } from "./targets";

export type PlannedCollection = Planned<CollectionEntry>;

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
  imports: ImportPlace | undefined,
): Promise<RestorePlan> {
  const { data } = o.manifest;
  const of = { databases: data.databases.map(({ name }) => name), collections: data.collections };
  const targets = await planTargets(calls, of, o);
  const { collections, kept, here } = targets;
  const databases = targets.databases.map(
    (name) => data.databases.find((d) => d.name === name) ?? { name, properties: {} },
  );
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
        ...collections.map((c) => stepOf(c, here.has(fullName(c.to)), o, wayOf(c.entry, version, imports))),
        ...(access ? [`make roles and their grants: ${rolesOf(data)}`] : []),
      ],
      warnings: [
        ...fits.flatMap(({ warnings }) => warnings),
        ...aliasWarnings(collections),
        ...(access ? userWarnings(o) : []),
        ...(restoresAccess(o) && !access ? [NO_ACCESS] : []),
      ],
      refusals: [...fits.flatMap(({ refusals }) => refusals), ...targets.refusals],
    },
  };
}

const NO_ACCESS = "this server has no users and roles: those of the backup are left out";

/** Who may do what is one thing for the whole cluster: part of a backup leaves it alone. */
function restoresAccess({ manifest, collections }: RestoreOptions): boolean {
  return manifest.data.access !== undefined && !collections;
}

function stepOf(
  { entry, to }: PlannedCollection,
  exists: boolean,
  o: RestoreOptions,
  way: readonly string[],
): string {
  const mib = bytesIn(entry.files) / 2 ** 20;
  const as = fullName(entry) === fullName(to) ? "" : ` as ${fullName(to)}`;
  const how = [
    `${entry.rows} rows (${mib.toFixed(1)} MiB)`,
    ...way,
    ...(exists && o.dropExisting ? ["in place of the one that exists"] : []),
    ...(o.load && entry.replicas > 0 ? ["loaded then"] : []),
  ];
  return `restore ${fullName(entry)}${as}: ${how.join(", ")}`;
}

/** How its rows get there, where that is a choice. */
function wayOf(entry: CollectionEntry, version: string, imports: ImportPlace | undefined): string[] {
  if (!imports) return [];
  const why = whyInserted(entry, version, imports);
  return [why === undefined ? "by bulk import" : `by inserts, for ${why}`];
}

function rolesOf({ access }: DataManifest): string {
  return access?.roles.map(({ name }) => name).join(", ") || "none";
}

function userWarnings(o: RestoreOptions): string[] {
  const users = o.manifest.data.access?.users.map(({ name }) => name).filter((name) => name !== "root") ?? [];
  if (users.length === 0) return [];
  return [
    `users cannot be restored, since Milvus gives no passwords away: make those of ${users.join(", ")} that are missing, and restore ` +
      "their roles by giving them again",
  ];
}
