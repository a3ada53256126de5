import { InvalidArgumentError, Option, type Command } from "commander";
import { names, parseEndpoint, rename } from "../arguments";
import { EXIT } from "../exit";
import { reportText } from "../backups/report";
import { bytes } from "../format";
import { outputOption } from "../options";
import { print, type OutputFormat } from "../output";

interface Common {
  readonly passwordFile?: string;
  readonly collections?: string[];
  readonly output: OutputFormat;
}

interface RestoreExport extends Common {
  readonly into: string;
  readonly rename: Readonly<Record<string, string>>;
  readonly dropExisting: boolean;
  readonly keepExisting: boolean;
  readonly load: boolean;
  readonly dryRun: boolean;
}

/** Commands for a Milvus that is no cluster of ours: a developer's Milvus Lite, above all. They load the engine only when they are called. */
export function addElsewhere(program: Command): void {
  addRestoreExport(program);
  addExportMilvus(program);
}

function addRestoreExport(program: Command): void {
  program
    .command("restore-export")
    .description("put an exported backup into another Milvus, or into Milvus Lite on a laptop")
    .argument("<directory>", "what export-backup, or export-milvus, has made")
    .requiredOption("--into <host:port>", "where it answers, without TLS", endpoint)
    .option("--password-file <file>", "file with root's password, where it has one")
    .option("--collections <names>", "only these, separated by commas", names)
    .option("--rename <from=to>", "give one another name there; may be repeated", rename, {})
    .option("--drop-existing", "replace collections that exist, each once its successor is whole", false)
    .addOption(
      new Option("--keep-existing", "leave collections that exist as they are")
        .default(false)
        .conflicts("dropExisting"),
    )
    .option("--no-load", "leave them out of memory, also those that were loaded")
    .option("--dry-run", "only tell what would be done, and what will not fit", false)
    .addOption(outputOption())
    .action(async (directory: string, { into: address, passwordFile, output, ...o }: RestoreExport) => {
      const { restoreExport } = await import("../backups/elsewhere.js");
      const { restored, ...found } = await restoreExport({ address, passwordFile }, directory, o);
      const rows = restored.reduce((sum, c) => sum + c.rows, 0);
      const report = { ...found, dryRun: o.dryRun, rows };
      print(output, report, (r) => reportText(r)!);
      process.exitCode = report.refusals.length > 0 ? EXIT.failed : EXIT.ok;
    });
}

function addExportMilvus(program: Command): void {
  program
    .command("export-milvus")
    .description(
      "write all rows of another Milvus, or of Milvus Lite, into a directory; import-backup takes it",
    )
    .argument("<host:port>", "where it answers, without TLS", endpoint)
    .requiredOption("--to <directory>", "where a directory is made")
    .requiredOption("--name <name>", "of the directory, and of the backup")
    .option("--password-file <file>", "file with root's password, where it has one")
    .option("--collections <names>", "only these, separated by commas", names)
    .addOption(outputOption())
    .action(async (address: string, o: Common & { to: string; name: string }) => {
      const { exportMilvus } = await import("../backups/elsewhere.js");
      const done = await exportMilvus({ address, passwordFile: o.passwordFile }, o.to, o);
      print(o.output, done, (d) => `${d.directory}: ${d.files} files, ${bytes(d.bytes)}`);
      process.exitCode = EXIT.ok;
    });
}

function endpoint(text: string): string {
  if (parseEndpoint(text)) return text;
  throw new InvalidArgumentError("expected host:port.");
}
