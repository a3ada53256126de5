import type { Command } from "commander";
import { exportBackup } from "../backups/export";
import { exportToStore } from "../backups/export-to-store";
import { storeAt, storeOptions, type StoreOptions } from "../backups/store";
import { clusterCommand } from "../cluster-command";
import { EXIT } from "../exit";
import { bytes } from "../format";
import { print } from "../output";

export function addExportBackup(program: Command): void {
  const command = program
    .command("export-backup")
    .description(
      "copy a backup out of the cluster, into a directory here or into a store; again, to go on with it",
    )
    .argument("<name>", "name of the backup")
    .requiredOption("--to <place>", "where a directory of its name is made, or s3://bucket/folder");
  clusterCommand<{ to: string } & StoreOptions>(storeOptions(command), async ({ cluster, o }, name = "") => {
    const store = await storeAt(o.to, o, cluster);
    const done = await (store ? exportToStore(cluster, name, store) : exportBackup(cluster, name, o.to));
    print(
      o.output,
      done,
      (d) => `${d.directory}: ${d.files} files, ${bytes(d.bytes)}, each as it was written`,
    );
    return EXIT.ok;
  });
}
