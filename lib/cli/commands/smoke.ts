import type { Command } from "commander";
import type { SmokeResult } from "../../api/wire";
import { EXIT } from "../exit";
import { localClient } from "../local";
import { clusterOptions, type ClusterCommandOptions } from "../options";
import { isRemote, runRemotely } from "../remote";
import { table } from "../table";

export function addSmoke(program: Command): void {
  clusterOptions(program.command("smoke"))
    .description("insert vectors and find them again through every peer's load balancer")
    .action(async (o: ClusterCommandOptions) => {
      process.exitCode = isRemote(o) ? await runRemotely(["smoke", "--output", o.output], o) : await smoke(o);
    });
}

async function smoke({ output }: ClusterCommandOptions): Promise<number> {
  const reply = await (await localClient()).smoke();
  console.log(output === "json" ? JSON.stringify(reply, null, 2) : smokeText(reply));
  return reply.ok ? EXIT.ok : EXIT.failed;
}

/** For people. */
export function smokeText({ ok, checks }: SmokeResult): string {
  const rows = checks.map((c) => [c.name, c.ok ? "ok" : "FAILED", `${c.ms} ms`, c.detail ?? ""]);
  return `${table(["check", "result", "time", "detail"], rows)}\n\nsmoke test ${ok ? "passed" : "FAILED"}`;
}
