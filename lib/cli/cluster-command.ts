import type { Command } from "commander";
import type { Cluster } from "./cluster";
import { connectCluster } from "./connection";
import { UsageError } from "./exit";
import { clusterOptions, type ClusterCommandOptions } from "./options";
import { forwarded } from "./forward";
import { isRemote, runRemotely } from "./remote";

export interface Asked<O> {
  readonly cluster: Cluster;
  readonly o: O & ClusterCommandOptions;
}

/**
 * Makes a command ask a cluster: with --ssh it runs on a peer as it is, else here. `run` gets the command's arguments and
 * returns the exit code.
 */
export function clusterCommand<O = object>(
  command: Command,
  run: (asked: Asked<O>, ...args: (string | undefined)[]) => Promise<number>,
): Command {
  return clusterOptions(command).action(async () => {
    const o = command.opts<O & ClusterCommandOptions>();
    if (isRemote(o)) {
      if (o.context !== undefined) throw new UsageError("give --context or --ssh, not both");
      process.exitCode = await runRemotely(forwarded(command), o);
    } else {
      const cluster = await connectCluster(o);
      process.exitCode = await run({ cluster, o }, ...(command.processedArgs as (string | undefined)[]));
    }
  });
}
