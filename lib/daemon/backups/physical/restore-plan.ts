import type { PhysicalBackup, PhysicalCollection } from "../manifest";
import { fullName, type RestoredCollection, type RestoreReport } from "../portable";
import type { MilvusCalls } from "../portable/calls";
import { aliasWarnings, planTargets, type Planned, type TargetOptions } from "../portable/targets";
import { unnameable } from "./nameable";
import { versionProblem } from "./versions";

export interface PhysicalRestore extends TargetOptions {
  readonly manifest: PhysicalBackup;
  /** Loads what was loaded when the backup was made. */
  readonly load: boolean;
  /** Says what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** Letters and digits that tell this job's collections from those of others, */
  readonly job: string;
  /** and the number of its run those of its runs: one that a dead leader began may still be at work. */
  readonly attempt: number;
  onCollection(restored: RestoredCollection): Promise<void>;
}

export interface PhysicalPlan {
  readonly databases: readonly string[];
  readonly collections: readonly Planned<PhysicalCollection>[];
  readonly rights: boolean;
  readonly report: Omit<RestoreReport, "restored">;
}

/** What a restoration by milvus-backup will do here, and what stands in its way. */
export async function planPhysical(
  calls: MilvusCalls,
  o: PhysicalRestore,
  version: string,
): Promise<PhysicalPlan> {
  const { data } = o.manifest;
  const { collections, kept, databases, here, refusals } = await planTargets(calls, data, o);
  // Who may do what is one thing for the whole cluster: part of a backup leaves it alone.
  const rights = data.rights && !o.collections;
  const problem = versionProblem(data.server, version);
  return {
    ...{ databases, collections, rights },
    report: {
      steps: [
        ...databases.map((name) => `create database ${name}`),
        ...kept.map(({ to }) => `leave ${fullName(to)} as it is: it exists`),
        ...collections.map((c) => stepOf(c, here.has(fullName(c.to)), o)),
        ...(rights ? ["make users with the passwords that they had, roles and grants that are missing"] : []),
      ],
      warnings: [
        ...aliasWarnings(collections),
        ...databases.map((name) => `database ${name} gets no properties: milvus-backup restores none`),
        ...(data.strategy === "meta_only" ? ["it has no rows: its strategy was meta_only"] : []),
      ],
      refusals: [
        ...(problem === undefined ? [] : [problem]),
        ...unnameable(collections.flatMap(({ entry, to }) => [entry, to])),
        ...refusals,
      ],
    },
  };
}

function stepOf({ entry, to }: Planned<PhysicalCollection>, exists: boolean, o: PhysicalRestore): string {
  const as = fullName(entry) === fullName(to) ? "" : ` as ${fullName(to)}`;
  const how = [
    `${(entry.bytes / 2 ** 20).toFixed(1)} MiB of Milvus' files`,
    ...(exists && o.dropExisting ? ["in place of the one that exists"] : []),
    ...(o.load && entry.loaded ? ["loaded then"] : []),
  ];
  return `restore ${fullName(entry)}${as}: ${how.join(", ")}`;
}
