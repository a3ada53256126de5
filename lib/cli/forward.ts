import type { Command, Option } from "commander";

/** How this machine reaches the peer is nothing to the peer. */
const OURS = new Set(["ssh", "identityFile", "hostKey", "context"]);

/** The same command line for a peer: what was given here, but for how to reach it. */
export function forwarded(command: Command): string[] {
  return [...pathOf(command), ...command.options.flatMap((o) => given(command, o)), ...command.args];
}

/** Names from below the program down to the command. */
export function pathOf(command: Command): string[] {
  return command.parent ? [...pathOf(command.parent), command.name()] : [];
}

function given(command: Command, option: Option): string[] {
  const name = option.attributeName();
  if (OURS.has(name) || command.getOptionValueSource(name) !== "cli") return [];
  const value: unknown = command.getOptionValue(name);
  return typeof value === "boolean" ? [option.long!] : [option.long!, String(value)];
}
