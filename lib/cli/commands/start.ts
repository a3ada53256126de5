import type { Command } from "commander";
import type { Job } from "../../api/wire";
import { jobCommand } from "../jobs/run";

export function addStart(program: Command): void {
  const command = program
    .command("start")
    .description("start what does not run, on all peers at once, and test that it serves");
  jobCommand(command, { request: () => ({ type: "start-cluster" }), text: awayText });
}

/** What could not be started along is no failure: the others serve. */
function awayText({ result }: Job): string | undefined {
  const { away = [] } = (result ?? {}) as { away?: readonly string[] };
  if (away.length === 0) return undefined;
  return `without ${away.join(", ")}: when back, start once more for what belongs there`;
}
