import { Option, type Command } from "commander";
import type { Job } from "../../api/wire";
import { seconds } from "../arguments";
import { clusterCommand } from "../cluster-command";
import { EXIT, UsageError } from "../exit";
import { exitOf } from "../jobs/run";
import { print } from "../output";
import { GOALS, waitFor, type Goal, type Waited } from "../wait-for";

interface WaitOptions {
  readonly for: Goal;
  readonly timeout: number;
}

const DEFAULT_SECONDS = 600;

export function addWait(program: Command): void {
  const goals = new Option("--for <what>", "what to wait for").choices(GOALS).default("healthy");
  const command = program
    .command("wait")
    .description("wait until the cluster is healthy or formed, has a leader, or has ended a job")
    .argument("[job]", "id of the job, with --for job")
    .addOption(goals)
    .option("--timeout <time>", "give up after, e.g. 90s, 10m or 1h", seconds, DEFAULT_SECONDS);
  clusterCommand<WaitOptions>(command, async ({ cluster, o }, jobId) => {
    if ((o.for === "job") !== (jobId !== undefined)) {
      throw new UsageError("--for job needs the id of the job, and nothing else takes one");
    }
    const result = await waitFor(cluster, { goal: o.for, jobId, timeoutSeconds: o.timeout });
    print(o.output, result, waitedText);
    if (!result.reached) return EXIT.failed;
    return result.job ? exitOf(result.job) : EXIT.ok;
  });
}

function waitedText({ for: goal, reached, seconds: spent, missing, job }: Waited): string {
  if (!reached) return `not reached within ${spent} s: ${missing}`;
  return job ? jobText(job, spent) : `${goal} after ${spent} s`;
}

function jobText({ id, state, error }: Job, spent: number): string {
  return `job ${id} ${state}${error ? `: ${error}` : ""} (waited for ${spent} s)`;
}
