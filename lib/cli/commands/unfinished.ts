import type { Command } from "commander";
import type { SpecReply } from "../../api/wire";
import { planChange } from "../../plan/change";
import type { ClusterSpec } from "../../spec/spec";
import type { Cluster } from "../cluster";
import { clusterCommand } from "../cluster-command";
import { EXIT } from "../exit";
import { followJob } from "../jobs/follow";
import { announce, endText, exitOf, submit, type JobCommandOptions } from "../jobs/run";
import { note, print, type OutputFormat } from "../output";

/** What to do with a change that has stopped half-way: go on with it, or go back to where it began. */
export function addUnfinished(program: Command): void {
  add(program, {
    name: "resume",
    description: "go on with a change of the cluster that has stopped half-way",
    to: ({ spec, unfinished }) => unfinished?.spec ?? spec,
  });
  add(program, {
    name: "rollback",
    description: "undo a change of the cluster that has stopped half-way",
    to: ({ spec }) => spec,
  });
}

interface Way {
  readonly name: string;
  readonly description: string;
  readonly to: (reply: SpecReply) => ClusterSpec;
}

function add(program: Command, { name, description, to }: Way): void {
  const command = program
    .command(name)
    .description(description)
    .option("--dry-run", "only show the steps")
    .option("-d, --detach", "do not wait for the end");
  clusterCommand<JobCommandOptions & { dryRun?: boolean }>(command, async ({ cluster, o }) => {
    const reply = await cluster.ask((client) => client.spec({ linearizable: true }));
    if (!reply.unfinished) {
      print(o.output, { steps: [] }, () => "no change has stopped half-way: there is nothing to do");
      return EXIT.ok;
    }
    const params = { from: reply.spec, to: to(reply), unfinished: reply.unfinished.spec };
    const { steps, warnings } = planChange(params.from, params.to, params.unfinished);
    for (const { message } of warnings) note(`warning: ${message}`);
    if (o.dryRun) {
      print(o.output, { steps }, () => steps.map(({ title }, i) => `${i + 1}. ${title}`).join("\n"));
      return EXIT.ok;
    }
    return carryOut(cluster, params, o);
  });
}

async function carryOut(
  cluster: Cluster,
  params: Record<string, ClusterSpec>,
  o: JobCommandOptions & { output: OutputFormat },
): Promise<number> {
  const submitted = await submit(cluster, { type: "converge", params });
  if (o.detach) return announce(submitted, o.output);
  const ended = await followJob(cluster, submitted, { quiet: o.output === "json" });
  print(o.output, ended, () => endText(ended));
  if (ended.state === "failed")
    note("the cluster serves on as it is: milvus-onprem resume, or milvus-onprem rollback");
  return exitOf(ended);
}
