import { Option, type Command } from "commander";
import { names, rename } from "../arguments";
import { reportText, type Report } from "../backups/report";
import { confirmByName } from "../confirm";
import { jobCommand } from "../jobs/run";

interface RestoreOptions {
  readonly collections?: string[];
  readonly rename: Readonly<Record<string, string>>;
  readonly dropExisting?: boolean;
  readonly keepExisting?: boolean;
  readonly load: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export function addRestoreBackup(program: Command): void {
  const command = program
    .command("restore-backup")
    .description(
      "put collections back as a backup has them; what exists is refused, and nothing is touched then",
    )
    .argument("<name>", "name of the backup")
    .option(
      "--collections <names>",
      "only these: collection or database/collection, separated by commas",
      names,
    )
    .option("--rename <from=to>", "give one another name here; may be repeated", rename, {})
    .option("--drop-existing", "replace collections that exist, each once its successor is whole")
    .addOption(
      new Option(
        "--keep-existing",
        "leave collections that exist as they are: to go on with a restoration",
      ).conflicts("dropExisting"),
    )
    .option("--no-load", "leave them out of memory, also those that were loaded")
    .option("--dry-run", "only tell what would be done, and what will not fit")
    .option("--force", "with --drop-existing: do not ask for the backup's name first");
  jobCommand<RestoreOptions>(command, {
    request: ({ collections, rename, dropExisting, keepExisting, load, dryRun }, name) => ({
      type: "restore-backup",
      params: { name, collections, rename, dropExisting, keepExisting, load, dryRun },
    }),
    confirm: async ({ o: { dropExisting, dryRun, force } }, name = "") => {
      if (!dropExisting || dryRun || force) return;
      await confirmByName(
        name,
        `Collections that exist are replaced by those of "${name}", for good.`,
        "--force",
      );
    },
    text: ({ result }) => reportText(result as Partial<Report> | undefined),
  });
}
