import type { Command } from "commander";
import { importBackup } from "../backups/import";
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
    .argument("<directory>", "the backup's own directory")
    .option("--name <name>", "default: the name that it has");
  clusterCommand<{ name?: string }>(command, async ({ cluster, o }, directory = "") => {
    const done = await importBackup(cluster, directory, o.name);
    print(
      o.output,
      done,
      (d) => `"${d.name}": ${d.files} files, ${bytes(d.bytes)}; restore it with restore-backup`,
    );
    return EXIT.ok;
  });
}
