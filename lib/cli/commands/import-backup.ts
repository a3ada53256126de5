import type { Command } from "commander";
import { basename, dirname } from "node:path/posix";
import { importBackup } from "../backups/import";
import { refuseUnseen } from "../backups/local";
import { inDirectory, inStore, type Source } from "../backups/source";
import { storeAt, storeOptions, type StoreOptions } from "../backups/store";
import type { Cluster } from "../cluster";
import { clusterCommand } from "../cluster-command";
import { EXIT } from "../exit";
import { bytes } from "../format";
import { print } from "../output";

export function addImportBackup(program: Command): void {
  const command = program
    .command("import-backup")
    .description(
      "bring a backup that was exported into a cluster, this one or another; again, to go on with it",
    )
    .argument("<place>", "the backup's own directory, or s3://bucket/folder/name")
    .option("--name <name>", "default: the name that it has");
  clusterCommand<{ name?: string } & StoreOptions>(
    storeOptions(command),
    async ({ cluster, o }, place = "") => {
      const done = await importBackup(cluster, await sourceAt(place, o, cluster), o.name);
      print(
        o.output,
        done,
        (d) => `"${d.name}": ${d.files} files, ${bytes(d.bytes)}; restore it with restore-backup`,
      );
      return EXIT.ok;
    },
  );
}

async function sourceAt(place: string, o: StoreOptions, cluster: Cluster): Promise<Source> {
  const whole = place.replace(/\/+$/, "");
  const store = await storeAt(place.startsWith("s3://") ? dirname(whole) : place, o, cluster);
  if (store) return inStore(store, basename(whole));
  refuseUnseen(cluster, place);
  return inDirectory(place);
}
