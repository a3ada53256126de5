import type { Argument, Command, Option } from "commander";

/** What may stand at one place of a command line. */
export interface Place {
  /** Words of the command so far, without the program's name: "jobs list"; "" for the program itself. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly CompletedOption[];
  /** Values that the first argument may have, where there are few. */
  readonly choices: readonly string[];
}

export interface Word {
  readonly name: string;
  readonly description: string;
}

export interface CompletedOption {
  readonly long: string;
  readonly short?: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** Values that it may have; none: any, such as a file's name. */
  readonly choices: readonly string[];
}

/** Every command of a program, from the program itself down. */
export function places(command: Command, path = ""): Place[] {
  const commands = command.commands.filter((c) => !isHidden(c));
  return [
    {
      path,
      commands: commands.map((c) => ({ name: c.name(), description: c.description() })),
      options: [...command.options.filter((o) => !o.hidden).map(completed), HELP],
      choices: choicesOf(command.registeredArguments[0]),
    },
    ...commands.flatMap((c) => places(c, `${path} ${c.name()}`.trim())),
  ];
}

/** Of an option or an argument. */
function choicesOf(given: Pick<Argument, "argChoices"> | undefined): readonly string[] {
  return given?.argChoices ?? [];
}

const HELP: CompletedOption = {
  ...{ long: "--help", short: "-h", description: "show help" },
  ...{ takesValue: false, choices: [] },
};

function completed(option: Option): CompletedOption {
  return {
    ...{ long: option.long!, short: option.short, description: option.description },
    ...{ takesValue: option.required || option.optional, choices: choicesOf(option) },
  };
}

/** Commander keeps it from the help, too. */
function isHidden(command: Command): boolean {
  return (command as Command & { _hidden?: boolean })._hidden === true;
}
