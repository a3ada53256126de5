import { createInterface } from "node:readline";
import type { Command } from "commander";
import { wholeNumber } from "../arguments";
import { clusterCommand } from "../cluster-command";
import { EXIT } from "../exit";
import { printLine } from "../output";

interface LogsOptions {
  readonly peer?: string;
  readonly follow?: boolean;
  readonly tail: number;
}

const TAIL = 200;

export function addLogs(program: Command): void {
  const command = program
    .command("logs")
    .description("show the log of a component on one peer")
    .argument("[component]", "as `milvus-onprem ps` lists it, or daemon", "daemon")
    .option("--peer <name>", "peer that it runs on; default: the one that answers")
    .option("-f, --follow", "go on with new lines until Ctrl-C")
    .option("--tail <n>", "last lines to begin with", wholeNumber(0, 10_000), TAIL);
  clusterCommand<LogsOptions>(command, async ({ cluster, o }, component = "daemon") => {
    const { peer, follow, tail, output } = o;
    const stream = await cluster.ask((client) => client.logs(component, { peer, follow, tail }));
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      printLine(output, { component, peer: peer ?? null, line }, (l) => l.line);
    }
    return EXIT.ok;
  });
}
