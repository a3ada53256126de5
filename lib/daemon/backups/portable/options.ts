import type { CollectionEntry, PortableBackup } from "../manifest";

export interface BackupOptions {
  /** Folder of the backup in the target, without a slash at its end. */
  readonly prefix: string;
  /** @default - all */
  readonly databases?: readonly string[];
  /** `database/collection`; a bare name is one of the database "default". @default - all of these databases */
  readonly collections?: readonly string[];
  /** What an earlier run has finished: not read again. */
  readonly done: readonly CollectionEntry[];
  /** Called once all files of a collection are in the target. */
  onCollection(entry: CollectionEntry): Promise<void>;
}

export interface RestoreOptions {
  readonly manifest: PortableBackup;
  readonly prefix: string;
  /** `database/collection`, as in the backup; a bare name is one of the database "default". @default - all */
  readonly collections?: readonly string[];
  /** `database/collection` of the backup to `database/collection` here. @default - the same names */
  readonly rename?: Readonly<Record<string, string>>;
  /** Collections that exist are replaced, each once its successor is whole. Without it they are refused before anything is touched. */
  readonly dropExisting: boolean;
  /** Collections that exist are left as they are: an earlier restoration has put them back, and they may have been written to. */
  readonly keepExisting?: boolean;
  /** Loads what was loaded when the backup was made. */
  readonly load: boolean;
  /** Says what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** Full names (of the backup) that an earlier run has finished. */
  readonly done: readonly string[];
  onCollection(restored: RestoredCollection): Promise<void>;
}

export interface RestoredCollection {
  /** Full name in the backup. */
  readonly from: string;
  /** Full name here. */
  readonly to: string;
  readonly rows: number;
}

export interface RestoreReport {
  /** What is or would be done, a line each. */
  readonly steps: readonly string[];
  /** What cannot be restored as it was, and what to do about it. Restored all the same. */
  readonly warnings: readonly string[];
  /** Why it cannot be restored at all: nothing was touched. Always empty unless `dryRun`: else it is thrown. */
  readonly refusals: readonly string[];
  readonly restored: readonly RestoredCollection[];
}

/** Something wrong with a backup. */
export interface Finding {
  readonly path: string;
  readonly problem: string;
}
