import { Option, type Command } from "commander";
import type { Job } from "../../api/wire";
import { STRATEGIES } from "../../spec/milvus-backup";
import { BACKUP_ENGINES } from "../../spec/spec";
import { names } from "../arguments";
import { jobCommand } from "../jobs/run";
import { facts } from "../table";

interface CreateOptions {
  readonly name?: string;
  readonly collections?: string[];
  readonly databases?: string[];
  readonly engine?: string;
  readonly strategy?: string;
}

export function addCreateBackup(program: Command): void {
  const command = program
    .command("create-backup")
    .description("back up what Milvus holds, with a snapshot of etcd and the spec in force")
    .option("--name <name>", "default: the time and the id of the job")
    .option(
      "--collections <names>",
      "only these: collection or database/collection, separated by commas",
      names,
    )
    .option("--databases <names>", "only these, separated by commas", names)
    .addOption(
      new Option("--engine <engine>", "what makes it; default: the one of backups.engine").choices(
        BACKUP_ENGINES,
      ),
    )
    .addOption(
      new Option(
        "--strategy <strategy>",
        "of milvus-backup: how Milvus is made to write down what is in memory; default: its own choice",
      ).choices(STRATEGIES),
    );
  jobCommand<CreateOptions>(command, {
    request: ({ name, collections, databases, engine, strategy }) => ({
      type: "create-backup",
      params: { name, collections, databases, engine, strategy },
    }),
    text: resultText,
  });
}

/** As the job type promises its result. */
interface Created {
  readonly name: string;
  readonly collections?: number;
  readonly rows?: number;
}

function resultText({ result }: Job): string | undefined {
  const found = result as Created | undefined;
  if (found?.rows === undefined) return undefined;
  return facts([
    ["backup", found.name],
    ["collections", String(found.collections)],
    ["rows", String(found.rows)],
  ]);
}
