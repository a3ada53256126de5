import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { Job, JobRequest } from "../../api/wire";
import type { Cluster } from "../cluster";
import { clusterCommand, type Asked } from "../cluster-command";
import { EXIT } from "../exit";
import { duration } from "../format";
import { note, print, type OutputFormat } from "../output";
import { persist } from "../persist";
import { tinted } from "../style";
import { followJob } from "./follow";

export interface JobCommandOptions {
  readonly detach?: boolean;
}

export interface JobCommand<O> {
  /** The job that the options and arguments ask for. */
  request(o: O, ...args: (string | undefined)[]): Omit<JobRequest, "idempotencyKey">;
  /** Asks a person, where that is due; throws when the answer is no. */
  confirm?(asked: Asked<O>, ...args: (string | undefined)[]): Promise<void>;
  /** Its result for a person, once it has ended; how it ended is told anyway. */
  text?(job: Job): string | undefined;
  /** What goes to standard output as JSON. @default - the job */
  json?(job: Job): unknown;
}

/** Makes a command submit a job and follow it to its end: exit code 0 when it succeeds, else 1. */
export function jobCommand<O = object>(command: Command, job: JobCommand<O & JobCommandOptions>): Command {
  command.option("-d, --detach", "do not wait for the job's end");
  return clusterCommand<O & JobCommandOptions>(command, async ({ cluster, o }, ...args) => {
    const request = job.request(o, ...args);
    await job.confirm?.({ cluster, o }, ...args);
    const submitted = await submit(cluster, request);
    if (o.detach) return announce(submitted, o.output);
    const ended = await followJob(cluster, submitted, { quiet: o.output === "json" });
    print(o.output, job.json?.(ended) ?? ended, () => endText(ended, job.text?.(ended)));
    return exitOf(ended);
  });
}

/** Submits a job once, however often it has to be asked for. */
export function submit(cluster: Cluster, request: Omit<JobRequest, "idempotencyKey">): Promise<Job> {
  const idempotencyKey = randomUUID();
  return persist(() => cluster.ask((client) => client.jobs.submit({ ...request, idempotencyKey })));
}

export function announce(job: Job, output: OutputFormat): number {
  print(output, job, ({ id, type, state }) => `job ${id} (${type}) is ${tinted(state)}`);
  if (output === "table") note(`follow it with: milvus-onprem jobs logs ${job.id}`);
  return EXIT.ok;
}

export function exitOf({ state }: Job): number {
  return state === "succeeded" ? EXIT.ok : EXIT.failed;
}

/** How a job ended, for a person. */
export function endText(job: Job, result?: string): string {
  const { type, id, state, error, startedAt, createdAt, endedAt } = job;
  const took = endedAt && duration(Date.parse(endedAt) - Date.parse(startedAt ?? createdAt));
  const end = `${type} ${tinted(state)}${took ? ` after ${took}` : ""} (job ${id})${error ? `: ${error}` : ""}`;
  return result ? `${result}\n\n${end}` : end;
}
