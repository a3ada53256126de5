import type { Command } from "commander";
import type * as DaemonModule from "../../daemon";

export function addDaemon(program: Command): void {
  program
    .command("daemon")
    .description("run the daemon of this peer (in its container)")
    .action(async () => {
      // Loading the daemon takes longer than any other command as a whole.
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      const { runDaemon } = require("../../daemon") as typeof DaemonModule;
      await runDaemon();
    });
}
