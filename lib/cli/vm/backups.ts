import type { Command } from "commander";
import type { LocalHost } from "../../host";
import { checkAgeIdentity } from "../../spec/age";
import type { ExternalSecrets } from "../../spec/secrets";
import type { BackupsInput, BackupTargetInput, KeepSpec } from "../../spec/spec";
import { twoKeys } from "../backups/key-file";
import { UsageError } from "../exit";
import { collect } from "./options";
import { pairs } from "./pairs";

/** What `init` can be told of backups. */
export interface BackupOptions {
  readonly backupTarget?: string;
  readonly backupPrefix?: string;
  readonly backupRegion?: string;
  readonly backupKeyFile?: string;
  readonly backupCaFile?: string;
  readonly backupIdentityFile?: string;
  readonly backupSchedule?: string;
  readonly backupTimeZone?: string;
  readonly backupKeep?: readonly string[];
  readonly backupDrillSchedule?: string;
}

/** What the files hold that the options name. */
export interface BackupFiles {
  readonly caPem?: string;
  readonly secrets?: ExternalSecrets;
}

export function backupOptions(command: Command): Command {
  return command
    .option("--backup-target <place>", "https://host[:port]/bucket, or a directory of a share below /mnt")
    .option("--backup-prefix <folder>", "folder of the target; default: the cluster's name")
    .option("--backup-region <region>", "region of the bucket")
    .option(
      "--backup-key-file <file>",
      "file with the bucket's access key on one line, its secret on the next",
    )
    .option("--backup-ca-file <file>", "file with the authority (PEM) of the store's certificate")
    .option("--backup-identity-file <file>", "file of age-keygen: backups are encrypted by it")
    .option("--backup-schedule <cron>", 'when backups are made, e.g. "30 2 * * *"; default: never')
    .option("--backup-time-zone <name>", "clock of the schedules, e.g. Europe/Berlin; default UTC")
    .option("--backup-keep <span=count>", "of last (7), daily, weekly or monthly backups; repeat", collect)
    .option("--backup-drill-schedule <cron>", "when the newest one is tried; default: never");
}

/** Reads what must not be on a command line. Throws UsageError for what does not go together. */
export async function backupFiles(
  machine: Pick<LocalHost, "readFile">,
  o: BackupOptions,
): Promise<BackupFiles> {
  refuseStray(o);
  const read = (path: string | undefined) => (path === undefined ? undefined : machine.readFile(path));
  const [keys, caPem, identity] = [
    await read(o.backupKeyFile),
    await read(o.backupCaFile),
    await read(o.backupIdentityFile),
  ];
  const wrong = identity === undefined ? undefined : checkAgeIdentity(identity);
  if (wrong !== undefined) throw new UsageError(`--backup-identity-file: ${wrong}`);
  if (keys === undefined && identity === undefined) return { caPem };
  return { caPem, secrets: { ...(keys === undefined ? {} : keysIn(keys)), backupIdentity: identity } };
}

/** The options in the terms of the spec; undefined when nothing is said of backups. */
export function backupsOf(o: BackupOptions, { caPem }: BackupFiles): BackupsInput | undefined {
  const backups: BackupsInput = {
    ...{ schedule: o.backupSchedule, timeZone: o.backupTimeZone, drillSchedule: o.backupDrillSchedule },
    keep: keepOf(o.backupKeep),
    target: o.backupTarget === undefined ? undefined : targetOf(o.backupTarget, o, caPem),
    encryption: o.backupIdentityFile === undefined ? undefined : "age",
  };
  return Object.values(backups).some((value) => value !== undefined) ? backups : undefined;
}

function targetOf(place: string, o: BackupOptions, caPem: string | undefined): BackupTargetInput {
  const prefix = o.backupPrefix;
  if (!isStore(place)) return { directory: place, prefix };
  const [, endpoint, bucket] = /^(https?:\/\/[^/@]+)\/([^/?#]+)\/?$/.exec(place) ?? [];
  if (endpoint === undefined || bucket === undefined) {
    // Not quoted: somebody may have written keys into it.
    throw new UsageError("--backup-target: a store is https://host[:port]/bucket; its keys are in a file");
  }
  return { s3: { endpoint, bucket, prefix, region: o.backupRegion, caPem } };
}

const isStore = (place: string | undefined): boolean => /^https?:/.test(place ?? "");

function keepOf(given: readonly string[] | undefined): Partial<KeepSpec> | undefined {
  if (given === undefined) return undefined;
  const entries = Object.entries(pairs("--backup-keep", given, ["last", "daily", "weekly", "monthly"]));
  // What is no number is told by the spec's own check, with its path.
  return Object.fromEntries(entries.map(([span, count]) => [span, Number(count)]));
}

function keysIn(text: string): ExternalSecrets {
  const { accessKey, secretKey } = twoKeys("--backup-key-file", text);
  return { backupAccessKey: accessKey, backupSecretKey: secretKey };
}

/** Options that only a store has, and what a store cannot be without. */
function refuseStray(o: BackupOptions): void {
  if (isStore(o.backupTarget)) {
    if (o.backupKeyFile === undefined)
      throw new UsageError("--backup-target: a store asks for keys: give --backup-key-file");
    return;
  }
  const ofStores = {
    ...{ "--backup-key-file": o.backupKeyFile, "--backup-ca-file": o.backupCaFile },
    "--backup-region": o.backupRegion,
    ...(o.backupTarget === undefined ? { "--backup-prefix": o.backupPrefix } : {}),
  };
  const [stray] = Object.entries(ofStores).find(([, value]) => value !== undefined) ?? [];
  if (stray !== undefined) {
    const needed = stray === "--backup-prefix" ? "" : " that is a store";
    throw new UsageError(`${stray} needs a --backup-target${needed}`);
  }
}
