import type { Command } from "commander";
import { seconds } from "../arguments";

/** For an option that may be given again and again. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

export interface WaitOptions {
  /** Undefined: as the command decides. */
  readonly wait?: boolean;
  readonly timeout: number;
}

/** --wait, --no-wait and --timeout. */
export function waitOptions(command: Command): Command {
  return command
    .option("--wait", "wait until the cluster is formed, though others are still to join")
    .option("--no-wait", "do not wait, though all have joined")
    .option("--timeout <time>", "how long to wait for the cluster: 90s, 30m, 1h", seconds, 1_800);
}
