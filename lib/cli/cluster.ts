import type { Duplex } from "node:stream";
import { DaemonError, DaemonUnreachableError, type DaemonClient } from "../api/client";
import { followJobLog } from "../api/job-log";
import type { Job, JobLogLine } from "../api/wire";

/** One daemon that may be asked. */
export interface Daemon {
  readonly client: DaemonClient;
  /** Opens a TCP connection, to see who is up. */
  readonly connect: () => Promise<Duplex>;
}

export interface ClusterOptions {
  /** How errors and questions name it: "context prod", "this peer". */
  readonly name: string;
  /** Name of the context, if it is one. */
  readonly context?: string;
  /** Certificate of the cluster CA, PEM. */
  readonly caPem: string;
  readonly daemons: readonly Daemon[];
  /** On a peer: the one directory of the VM that its container sees. @default - this is no peer */
  readonly dataRoot?: string;
  /** Other daemons to ask when the token is refused, if there is another token. */
  readonly otherwise?: () => Promise<readonly Daemon[] | undefined>;
}

/** A cluster through whichever of its peers answers. */
export class Cluster {
  private daemons: readonly Daemon[];
  private sorted = false;

  constructor(readonly o: ClusterOptions) {
    this.daemons = o.daemons;
  }

  /**
   * Asks one peer, and the next where that one cannot be reached or cannot help. So a question may be asked twice; those that
   * change anything must bear that. Throws the answer of a peer that refuses, or an error that lists each peer.
   */
  async ask<T>(question: (client: DaemonClient) => Promise<T>): Promise<T> {
    try {
      return await this.askInTurn(question);
    } catch (error) {
      if (!(error instanceof DaemonError) || error.status !== 401) throw error;
      const others = await this.o.otherwise?.();
      if (!others) throw refused(error, this.o);
      this.daemons = others;
      return this.askInTurn(question);
    }
  }

  /** Every line of a job's log once, through whichever peers answer meanwhile; returns the job once it has ended. */
  jobLog(id: string, o: { after?: number; signal?: AbortSignal } = {}): AsyncGenerator<JobLogLine, Job> {
    const open = (seen: number) => this.ask((client) => client.openJobLog(id, seen, o.signal));
    return followJobLog({ open, signal: o.signal }, o.after);
  }

  private async askInTurn<T>(question: (client: DaemonClient) => Promise<T>): Promise<T> {
    await this.sort();
    const problems: Error[] = [];
    for (const daemon of this.daemons) {
      try {
        const answer = await question(daemon.client);
        this.prefer(daemon);
        return answer;
      } catch (error) {
        if (!anotherMayHelp(error)) throw error;
        problems.push(error as Error);
      }
    }
    throw summed(problems, this.o.name);
  }

  /** Once: whoever takes a connection first is asked first, so nobody waits for a peer that is gone. */
  private async sort(): Promise<void> {
    if (this.sorted || this.daemons.length < 2) return;
    this.sorted = true;
    const up = this.daemons.map(async (daemon) => {
      (await daemon.connect()).destroy();
      return daemon;
    });
    const first = await Promise.any(up).catch(() => undefined);
    if (first) this.prefer(first);
  }

  private prefer(daemon: Daemon): void {
    this.daemons = [daemon, ...this.daemons.filter((d) => d !== daemon)];
  }
}

/** It is down, or cut off from the others. */
function anotherMayHelp(error: unknown): boolean {
  return error instanceof DaemonUnreachableError || (error instanceof DaemonError && error.status === 503);
}

/** What a peer says weighs more than that others are silent. */
function summed(problems: readonly Error[], name: string): Error {
  const said = problems.find((p) => p instanceof DaemonError);
  if (said) return said;
  const [only] = problems;
  if (problems.length === 1) return only!;
  return new DaemonUnreachableError(
    name,
    `no peer answers:\n  ${problems.map((p) => p.message).join("\n  ")}`,
    { cause: only },
  );
}

function refused(error: DaemonError, { context }: ClusterOptions): Error {
  if (context === undefined) return error;
  const fix = `the token of context ${context} is not in force: add the context again with the one that is`;
  return new DaemonError(error.peer, error.status, { ...error.problem, detail: fix });
}
