import { setTimeout as sleep } from "node:timers/promises";
import { DaemonError, DaemonUnreachableError } from "../api/client";
import type { Job, StatusReply } from "../api/wire";
import type { Cluster } from "./cluster";
import { duration } from "./format";
import { note } from "./output";
import { ProgressLine } from "./progress";

export const GOALS = ["healthy", "formed", "leader", "job"] as const;
export type Goal = (typeof GOALS)[number];

export interface WaitRequest {
  readonly goal: Goal;
  /** With goal "job". */
  readonly jobId?: string;
  readonly timeoutSeconds: number;
}

export interface Waited {
  readonly for: Goal;
  readonly reached: boolean;
  readonly seconds: number;
  /** What was missing at the deadline. */
  readonly missing?: string;
  /** With goal "job". */
  readonly job?: Job;
}

/** What one look has found: what is missing yet, if anything. */
interface Look {
  readonly missing?: string;
  readonly job?: Job;
}

const LOOK_MS = 1_000;

/** Looks again and again, and tells on standard error what is missing; a peer that does not answer is waited for, too. */
export async function waitFor(cluster: Cluster, o: WaitRequest): Promise<Waited> {
  const begin = performance.now();
  const spent = (): number => performance.now() - begin;
  const told = new Told(spent);
  try {
    for (;;) {
      const { missing, job } = await look(cluster, o);
      const result = { for: o.goal, seconds: Math.round(spent() / 100) / 10, job };
      if (missing === undefined) return { ...result, reached: true };
      if (spent() >= o.timeoutSeconds * 1_000) return { ...result, reached: false, missing };
      told.tell(missing);
      await sleep(Math.min(LOOK_MS, Math.max(0, o.timeoutSeconds * 1_000 - spent())));
    }
  } finally {
    told.end();
  }
}

async function look(cluster: Cluster, { goal, jobId = "" }: WaitRequest): Promise<Look> {
  try {
    if (goal === "job") return ofJob(await cluster.ask((client) => client.jobs.get(jobId)));
    const status = await cluster.ask((client) => client.status());
    return { missing: MISSING[goal](status) };
  } catch (error) {
    if (isPassing(error)) return { missing: (error as Error).message };
    throw error;
  }
}

function ofJob(job: Job): Look {
  const { state, progress, detail } = job;
  if (state !== "queued" && state !== "running") return { job };
  return { job, missing: `the job's end: it is ${state}, ${progress} %${detail ? `: ${detail}` : ""}` };
}

const MISSING: Readonly<Record<Exclude<Goal, "job">, (status: StatusReply) => string | undefined>> = {
  healthy: (status) => (status.health === "ok" ? undefined : `health: ${status.health}${sick(status)}`),
  formed: ({ cluster, waitingFor }) => (cluster ? undefined : (waitingFor ?? "the cluster to be formed")),
  leader: ({ leader }) => (leader ? undefined : "a leader"),
};

function sick({ waitingFor, peers }: StatusReply): string {
  if (waitingFor !== undefined) return `: ${waitingFor}`;
  const found = peers.flatMap(({ name, reachable, components }) =>
    reachable
      ? components.filter((c) => c.health !== "healthy").map((c) => `${c.name} on ${name} is ${c.health}`)
      : [`${name} is unreachable`],
  );
  return found.length === 0 ? "" : `: ${found.join(", ")}`;
}

/** Whoever says that there is no such job, or that a token is wrong, will say so again. */
function isPassing(error: unknown): boolean {
  if (error instanceof DaemonError) return error.status >= 500 || error.status === 429;
  return error instanceof DaemonUnreachableError;
}

/** A line that changes on a terminal; elsewhere a line for each change. */
class Told {
  private readonly line = new ProgressLine();
  private last: string | undefined;

  constructor(private readonly spent: () => number) {}

  tell(missing: string): void {
    this.line.show(`waiting for ${missing} (${duration(this.spent())})`);
    if (!this.line.shown && missing !== this.last) note(`waiting for ${missing}`);
    this.last = missing;
  }

  end(): void {
    this.line.end();
  }
}
