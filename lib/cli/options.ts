import { Option, type Command } from "commander";
import type { OutputFormat } from "./output";
import type { RemoteOptions } from "./remote";

export interface ClusterCommandOptions extends RemoteOptions {
  readonly output: OutputFormat;
  readonly context?: string;
}

/** -o, --output of every command. */
export function outputOption(): Option {
  return new Option("-o, --output <format>", "how to print").choices(["table", "json"]).default("table");
}

/** Options of every command that asks a cluster something. */
export function clusterOptions(command: Command): Command {
  const collect = (value: string, before: string[] = []): string[] => [...before, value];
  return command
    .addOption(outputOption())
    .option("--context <name>", "ask the cluster of that context (or set MILVUS_ONPREM_CONTEXT)")
    .option(
      "--ssh <user@host[:port]>",
      "run on that peer by SSH; again for each further peer to try",
      collect,
    )
    .option("-i, --identity-file <file>", "private key for --ssh")
    .option("--host-key <key>", "host key that must be presented, one for each --ssh", collect);
}
