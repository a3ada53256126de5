import type { Command } from "commander";
import { version } from "../../../package.json";

export function addVersion(program: Command): void {
  program
    .command("version")
    .description("print the version of this program")
    .action(() => console.log(version));
}
