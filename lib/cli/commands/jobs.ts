import { Option, type Command } from "commander";
import type { Job, JobPage, JobState, JobTypeReply } from "../../api/wire";
import { wholeNumber } from "../arguments";
import { clusterCommand } from "../cluster-command";
import { EXIT } from "../exit";
import { duration, moment } from "../format";
import { logText } from "../jobs/follow";
import { exitOf } from "../jobs/run";
import { note, print, printLine } from "../output";
import { persist } from "../persist";
import { tinted } from "../style";
import { facts, table } from "../table";

const STATES: readonly JobState[] = ["queued", "running", "succeeded", "failed", "cancelled"];
const LIMIT = 20;

export function addJobs(program: Command): void {
  const jobs = program.command("jobs").description("list, show, follow and cancel jobs");
  for (const add of [addList, addShow, addCancel, addTypes, addLogs]) add(jobs);
}

interface ListOptions {
  readonly state?: JobState;
  readonly type?: string;
  readonly limit: number;
  readonly after?: string;
}

function addList(jobs: Command): void {
  const command = jobs
    .command("list")
    .description("list jobs, newest first")
    .addOption(new Option("--state <state>", "only those in that state").choices(STATES))
    .option("--type <type>", "only those of that type")
    .option("--limit <n>", "most that are listed", wholeNumber(1, 500), LIMIT)
    .option("--after <id>", "the next page: `next` of the one before");
  clusterCommand<ListOptions>(command, async ({ cluster, o }) => {
    const { state, type, limit, after } = o;
    const page = await cluster.ask((client) => client.jobs.list({ state, type, limit, after }));
    print(o.output, page, listText);
    if (page.next !== undefined && o.output === "table") note(`more with: --after ${page.next}`);
    return EXIT.ok;
  });
}

function addShow(jobs: Command): void {
  const command = jobs.command("show").description("show one job").argument("<id>", "id of the job");
  clusterCommand(command, async ({ cluster, o }, id = "") => {
    print(o.output, await cluster.ask((client) => client.jobs.get(id)), showText);
    return EXIT.ok;
  });
}

function addCancel(jobs: Command): void {
  const command = jobs
    .command("cancel")
    .description("ask a job to stop at its next safe point")
    .argument("<id>", "id of the job");
  clusterCommand(command, async ({ cluster, o }, id = "") => {
    const job = await persist(() => cluster.ask((client) => client.jobs.cancel(id)));
    print(o.output, job, cancelText);
    return EXIT.ok;
  });
}

function addTypes(jobs: Command): void {
  const command = jobs.command("types").description("list the types of jobs");
  clusterCommand(command, async ({ cluster, o }) => {
    print(o.output, await cluster.ask((client) => client.jobs.types()), typesText);
    return EXIT.ok;
  });
}

function addLogs(jobs: Command): void {
  const command = jobs
    .command("logs")
    .description("show the log of a job until the job has ended")
    .argument("<id>", "id of the job");
  clusterCommand(command, async ({ cluster, o }, id = "") => {
    const log = cluster.jobLog(id);
    for (;;) {
      const next = await log.next();
      if (next.done) return exitOf(next.value);
      printLine(o.output, next.value, (line) => logText(line, process.stdout));
    }
  });
}

function listText({ jobs }: JobPage): string {
  const rows = jobs.map((job) => [
    ...[job.id, job.type, tinted(job.state), `${job.progress} %`],
    ...[moment(job.createdAt), tookOf(job), job.error ?? job.detail ?? ""],
  ]);
  return table(["id", "type", "state", "done", "created", "took", "detail"], rows);
}

function showText(job: Job): string {
  const { id, type, state, progress, owner, attempts, detail, error, params, result } = job;
  const pairs: [string, string][] = [
    ["id", id],
    ["type", type],
    ["state", `${tinted(state)}, ${progress} %${job.cancelRequested ? ", cancellation asked for" : ""}`],
    ["created", moment(job.createdAt)],
    ["started", moment(job.startedAt)],
    ["ended", moment(job.endedAt)],
    ["took", tookOf(job)],
    ["owner", owner ? `${owner.peer} (term ${owner.term}), ${attempts} in all` : ""],
    ["params", JSON.stringify(params)],
    ["detail", detail ?? ""],
    ["error", error ?? ""],
    ["result", result ? JSON.stringify(result) : ""],
  ];
  const steps = job.steps.map((s) => [s.title, tinted(s.state), tookOf(s), s.error ?? ""]);
  return `${facts(pairs.filter(([, value]) => value !== ""))}\n\n${table(["step", "state", "took", "error"], steps)}`;
}

function cancelText({ id, state }: Job): string {
  if (state === "queued" || state === "running") return `job ${id} will stop at its next safe point`;
  return `job ${id} has ended: ${tinted(state)}`;
}

function typesText({ types }: JobTypeReply): string {
  const rows = types.map((t) => [t.name, t.title, Object.keys(propertiesOf(t.params)).join(", ")]);
  return table(["type", "what", "params"], rows);
}

/** As JSON Schema has them. */
function propertiesOf(schema: Record<string, unknown>): object {
  return (schema.properties as object | undefined) ?? {};
}

function tookOf({ startedAt, endedAt }: { startedAt?: string; endedAt?: string }): string {
  if (startedAt === undefined) return "";
  return duration((endedAt === undefined ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt));
}
