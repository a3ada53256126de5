import { InvalidArgumentError, type Command } from "commander";
import { newToken, tokenSha256 } from "../../api/token";
import type { Job } from "../../api/wire";
import { clusterCommand, type Asked } from "../cluster-command";
import { readContexts, saveContext, type Context } from "../contexts/store";
import { EXIT, UsageError } from "../exit";
import { followJob, StoppedWatching } from "../jobs/follow";
import { announce, endText, exitOf, submit } from "../jobs/run";
import { note, print } from "../output";

interface RotateOptions {
  readonly print?: boolean;
  readonly sha256?: string;
  readonly detach?: boolean;
}
type RotateAsked = Asked<RotateOptions>;

export function addRotateToken(program: Command): void {
  const command = program
    .command("rotate-token")
    .description("replace the token of the daemons' API on all peers at one moment")
    .option("--print", "print the new token, besides writing it to the context, if there is one")
    .option("--sha256 <hex>", "SHA-256 of a token that you have made and keep yourself", sha256)
    .option("-d, --detach", "do not wait for the job's end");
  clusterCommand<RotateOptions>(command, (asked) =>
    asked.o.sha256 === undefined ? rotate(asked) : rotateTo(asked, asked.o.sha256),
  );
}

/** Somebody else has the token. */
async function rotateTo({ cluster, o }: RotateAsked, sha256: string): Promise<number> {
  if (o.print) throw new UsageError("--print shows a token that is made here: leave out --sha256 or --print");
  const job = await submit(cluster, { type: "rotate-token", params: { sha256 } });
  if (o.detach) return announce(job, o.output);
  const ended = await followJob(cluster, job, { quiet: o.output === "json" });
  print(o.output, ended, (j) => endText(j));
  return exitOf(ended);
}

/**
 * The new token is noted in the context before anything happens, so it is not lost whatever happens then: a context whose
 * token is refused goes on with the noted one.
 */
async function rotate({ cluster, o }: RotateAsked): Promise<number> {
  const { caPem, context } = cluster.o;
  if (context === undefined && !o.print) {
    throw new UsageError("a peer keeps no token: give --print to see the new one, or --sha256 of your own");
  }
  const token = newToken(caPem);
  if (context !== undefined) await changeContext(context, (c) => ({ ...c, nextToken: token }));
  const job = await submit(cluster, { type: "rotate-token", params: { sha256: tokenSha256(token) } });
  const ended = o.detach ? job : await watched({ cluster, o }, job, token);
  if (context !== undefined) await settle(context, ended, token);
  tell(o, ended, token);
  return o.detach ? EXIT.ok : exitOf(ended);
}

async function watched({ cluster, o }: RotateAsked, job: Job, token: string): Promise<Job> {
  try {
    return await followJob(cluster, job, { quiet: o.output === "json" });
  } catch (error) {
    if (o.print && error instanceof StoppedWatching) tell(o, job, token);
    throw error;
  }
}

/** An ended job tells which of the two tokens is in force. */
async function settle(name: string, job: Job, token: string): Promise<void> {
  if (job.state === "succeeded") {
    await changeContext(name, ({ nextToken: _, ...rest }) => ({ ...rest, token }));
    note(`context ${name} has the new token`);
  } else if (job.state === "failed" || job.state === "cancelled") {
    await changeContext(name, ({ nextToken: _, ...rest }) => rest);
  }
}

/** The token alone on standard output, for whoever puts it where it belongs. */
function tell({ output, print: shown }: RotateAsked["o"], job: Job, token: string): void {
  const lost = job.state === "failed" || job.state === "cancelled";
  if (output === "json") return print(output, shown && !lost ? { ...job, token } : job, () => "");
  note(endText(job));
  if (shown && !lost) console.log(token);
}

async function changeContext(name: string, change: (c: Context) => Context): Promise<void> {
  const known = (await readContexts()).contexts[name];
  if (known) await saveContext(name, change(known));
}

function sha256(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError("expected 64 hex digits in lower case.");
}
