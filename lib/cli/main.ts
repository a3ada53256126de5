import { CommanderError, Command } from "commander";
import { addDaemon } from "./commands/daemon";
import { addInit } from "./commands/init";
import { addJoin } from "./commands/join";
import { addPreflight } from "./commands/preflight";
import { addSmoke } from "./commands/smoke";
import { addStatus } from "./commands/status";
import { addTeardown } from "./commands/teardown";
import { addVersion } from "./commands/version";
import { addWrapper } from "./commands/wrapper";
import { EXIT, UsageError } from "./exit";

/** One program: the CLI on a laptop or a peer, and the daemon in its container. */
export function createProgram(): Command {
  const program = new Command("milvus-onprem")
    .description("A highly available Milvus cluster on plain Linux VMs")
    .exitOverride();
  for (const add of [
    addInit,
    addJoin,
    addPreflight,
    addTeardown,
    addStatus,
    addSmoke,
    addDaemon,
    addVersion,
    addWrapper,
  ])
    add(program);
  return program;
}

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
