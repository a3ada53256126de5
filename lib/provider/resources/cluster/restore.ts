import type { BackupList, Job } from "../../../api/wire";
import { LATEST } from "../../../spec/restore-from";
import { log } from "../../log";
import type { PeerSession } from "../peer-session";
import { asked, failed, type AskOptions } from "./ask";
import { jobEnd, progress } from "./job-end";

const TYPE = "restore-backup";
const REFUSAL = "The cluster does not restore the backup";

export interface RestoreOptions {
  /** Name of the backup, or LATEST. */
  readonly backup: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * Has the leader of a cluster that was just formed restore a backup, and waits for the end. Called again it goes on with the same backup:
 * collections that are back already are left as they are.
 */
export async function restore(sessions: readonly PeerSession[], o: RestoreOptions): Promise<void> {
  const ask = { signal: o.signal, refusal: REFUSAL };
  const { id } = await begun(sessions, o.backup, ask);
  log.info(`job ${id} restores a backup`);
  const job = await jobEnd(sessions, id, { ...ask, timeoutSeconds: o.timeoutSeconds, late });
  if (job.state !== "succeeded") throw stopped(job);
}

/** The job of an earlier apply while it is at work or has succeeded, else a new one of the same backup. */
async function begun(sessions: readonly PeerSession[], backup: string, ask: AskOptions): Promise<Job> {
  const { jobs } = await asked(sessions, ask, (s) => s.daemon.jobs.list({ type: TYPE }));
  const isSame = ({ params }: Job): boolean => backup === LATEST || params.name === backup;
  const before = jobs.find((job) => isWhole(job) && isSame(job));
  if (before && before.state !== "failed" && before.state !== "cancelled") return before;
  const name = (before?.params.name as string | undefined) ?? (await nameOf(sessions, backup, ask));
  const request = { type: TYPE, params: { name, keepExisting: true } };
  return asked(sessions, ask, (s) => s.daemon.jobs.submit(request));
}

/** One of everything that is not there, and not what somebody has tried or restored by hand in part. */
function isWhole({ params: { keepExisting, dryRun, load, collections, rename } }: Job): boolean {
  const inPart = dryRun === true || load === false || collections !== undefined || rename !== undefined;
  return keepExisting === true && !inPart;
}

async function nameOf(sessions: readonly PeerSession[], backup: string, ask: AskOptions): Promise<string> {
  const list = await asked(sessions, ask, (s) => s.daemon.backups.list());
  const whole = list.backups.filter(({ state }) => state === "complete").map(({ name }) => name);
  // Newest first.
  const found = backup === LATEST ? whole[0] : whole.find((name) => name === backup);
  if (found === undefined) throw missing(backup, list, whole);
  return found;
}

function missing(backup: string, { target, backups }: BackupList, whole: readonly string[]): Error {
  const what = backup === LATEST ? "no finished backup" : `no finished backup "${backup}"`;
  const others = backups.filter(({ problem }) => problem !== undefined);
  const detail = [
    `${target} has ${what}.`,
    whole.length > 0 ? `It has: ${whole.join(", ")}.` : "",
    ...others.map(({ name, problem }) => `${name}: ${problem}`),
    "The cluster is formed, and empty. Correct backups.target or restore_from and apply again, or leave restore_from out.",
  ];
  return failed("There is nothing to restore", detail.filter(Boolean).join("\n"));
}

function stopped({ id, error, state }: Job): Error {
  const detail = `${error ?? "it was cancelled"}\nThe cluster is formed; collections that are back already stay. Apply again to go on.`;
  return failed(`The restoration was ${state === "failed" ? "stopped" : "cancelled"} (job ${id})`, detail);
}

function late(job: Job, seconds: number): Error {
  const detail =
    `Job ${job.id} goes on: ${progress(job)}. Follow it with milvus-onprem jobs logs ${job.id}, and apply again once it has ended; ` +
    "raise timeouts.create where there is just much to restore.";
  return failed(`The restoration has not ended within ${seconds} s`, detail);
}
