import { Argument, type Command } from "commander";
import { bash } from "../completion/bash";
import { fish } from "../completion/fish";
import type { Script } from "../completion/script";
import { places } from "../completion/walk";
import { zsh } from "../completion/zsh";
import { EXIT } from "../exit";
import { outputOption } from "../options";
import { print, type OutputFormat } from "../output";

const SHELLS: Readonly<Record<string, (script: Script) => string>> = { bash, zsh, fish };

export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("print what makes a shell complete commands and options")
    .addArgument(new Argument("<shell>").choices(Object.keys(SHELLS)))
    .addOption(outputOption())
    .action((shell: string, { output }: { output: OutputFormat }) => {
      const script = SHELLS[shell]!({ program: program.name(), places: places(program) });
      print(output, { shell, script }, () => script.trimEnd());
      process.exitCode = EXIT.ok;
    });
}
