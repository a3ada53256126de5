import type { Command } from "commander";
import { version } from "../../../package.json";
import { UsageError, EXIT } from "../exit";
import { connectCluster, NoCluster } from "../connection";
import { forwarded } from "../forward";
import { clusterOptions, type ClusterCommandOptions } from "../options";
import { note, print } from "../output";
import { isRemote, runRemotely } from "../remote";
import { table } from "../table";

interface Versions {
  /** Of this program. */
  readonly cli: string;
  /** Of each peer's daemon; null where it is not known. Absent where there is no cluster to ask. */
  readonly peers?: readonly { readonly peer: string; readonly version: string | null }[];
}

export function addVersion(program: Command): void {
  const command = program
    .command("version")
    .description("print the version of this program, and of each peer's daemon");
  clusterOptions(command).action(async () => {
    const o = command.opts<ClusterCommandOptions>();
    if (isRemote(o)) {
      process.exitCode = await runRemotely(forwarded(command), o);
      return;
    }
    print<Versions>(o.output, { cli: version, peers: await peerVersions(o) }, text);
    process.exitCode = EXIT.ok;
  });
}

/** A cluster that does not answer is no reason to keep one's own version back. */
async function peerVersions(o: ClusterCommandOptions): Promise<Versions["peers"]> {
  try {
    const cluster = await connectCluster(o);
    const { peers } = await cluster.ask((client) => client.status());
    return peers.map(({ name, daemonVersion }) => ({ peer: name, version: daemonVersion ?? null }));
  } catch (error) {
    if (error instanceof UsageError && !(error instanceof NoCluster)) throw error;
    if (!(error instanceof NoCluster)) note(`warning: ${(error as Error).message}`);
    return undefined;
  }
}

function text({ cli, peers }: Versions): string {
  if (!peers) return cli;
  return table(
    ["who", "version"],
    [["this program", cli], ...peers.map((p) => [p.peer, p.version ?? "unknown"])],
  );
}
