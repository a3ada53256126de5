import type { Command } from "commander";
import { UsageError } from "../exit";
import { jobCommand } from "../jobs/run";

interface RebootOptions {
  readonly rolling?: boolean;
  readonly peer?: readonly string[];
}

export function addReboot(program: Command): void {
  const command = program
    .command("reboot")
    .description("reboot VMs one after the other, each once the one before is whole again")
    .option("--rolling", "all peers")
    .option("--peer <names...>", "these peers alone");
  jobCommand<RebootOptions>(command, {
    request: ({ rolling, peer: peers }) => {
      if ((rolling ?? false) === (peers !== undefined))
        throw new UsageError("give --rolling, or --peer NAME…");
      return { type: "reboot", params: { peers } };
    },
  });
}
