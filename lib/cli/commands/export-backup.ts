import type { Command } from "commander";
import { exportBackup } from "../backups/export";
import { clusterCommand } from "../cluster-command";
import { EXIT } from "../exit";
import { bytes } from "../format";
import { print } from "../output";

export function addExportBackup(program: Command): void {
  const command = program
    .command("export-backup")
    .description("copy a backup out of the cluster, into a directory here; again, to go on with it")
    .argument("<name>", "name of the backup")
    .requiredOption("--to <directory>", "where a directory of its name is made");
  clusterCommand<{ to: string }>(command, async ({ cluster, o }, name = "") => {
    const done = await exportBackup(cluster, name, o.to);
    print(
      o.output,
      done,
      (d) => `${d.directory}: ${d.files} files, ${bytes(d.bytes)}, each as it was written`,
    );
    return EXIT.ok;
  });
}
