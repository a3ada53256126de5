import { CommanderError, Command } from "commander";
import { addBackupEtcd } from "./commands/backup-etcd";
import { addBackups } from "./commands/backups";
import { addCompletion } from "./commands/completion";
import { addContext } from "./commands/context";
import { addCreateBackup } from "./commands/create-backup";
import { addDaemon } from "./commands/daemon";
import { addElsewhere } from "./commands/elsewhere";
import { addExportBackup } from "./commands/export-backup";
import { addImportBackup } from "./commands/import-backup";
import { addInit } from "./commands/init";
import { addJobs } from "./commands/jobs";
import { addJoin } from "./commands/join";
import { addLogs } from "./commands/logs";
import { addMaintenance } from "./commands/maintenance";
import { addPreflight } from "./commands/preflight";
import { addPs } from "./commands/ps";
import { addReboot } from "./commands/reboot";
import { addRescue } from "./commands/rescue";
import { addRestoreBackup } from "./commands/restore-backup";
import { addReview } from "./commands/review";
import { addRotateToken } from "./commands/rotate-token";
import { addSmoke } from "./commands/smoke";
import { addStart } from "./commands/start";
import { addStatus } from "./commands/status";
import { addStepDown } from "./commands/step-down";
import { addStop } from "./commands/stop";
import { addTeardown } from "./commands/teardown";
import { addRenewCertificates } from "./commands/renew-certificates";
import { addUnfinished } from "./commands/unfinished";
import { addUrls } from "./commands/urls";
import { addVersion } from "./commands/version";
import { addWait } from "./commands/wait";
import { addWrapper } from "./commands/wrapper";
import { EXIT, UsageError } from "./exit";

/** One program: the CLI on a laptop or a peer, and the daemon in its container. */
export function createProgram(): Command {
  const program = new Command("milvus-onprem")
    .description("A highly available Milvus cluster on plain Linux VMs")
    .exitOverride();
  for (const add of COMMANDS) add(program);
  return program;
}

/** In the order in which the help lists them. */
const COMMANDS = [
  ...[addInit, addJoin, addPreflight, addTeardown],
  ...[addStatus, addWait, addSmoke, addUrls, addPs, addLogs, addJobs],
  ...[addReview, addUnfinished, addRenewCertificates],
  ...[addCreateBackup, addBackups, addExportBackup, addImportBackup, addRestoreBackup],
  addElsewhere,
  ...[addStop, addStart, addReboot, addBackupEtcd, addRotateToken, addMaintenance, addStepDown, addRescue],
  ...[addContext, addCompletion, addVersion, addDaemon, addWrapper],
];

/** Runs a command line; returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...argv], { from: "user" });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    // Commander has already said what is wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    console.error(`error: ${(error as Error).message}`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

if (require.main === module) {
  // Whoever reads has had enough, as `head` does.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
