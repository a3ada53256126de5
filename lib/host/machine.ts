import type { Readable } from "node:stream";
import { HostError, type HostErrorKind } from "./errors";
import type { ExecResult } from "./exec";
import { writeFiles, type HostFile } from "./files";

export type RunResult = ExecResult;

export interface RunOptions {
  /** Standard input. Secrets go here: a command line is seen by everyone on the host. */
  readonly input?: string | Buffer | Readable;
  /** @default 60000 */
  readonly deadlineMs?: number;
  /** What the command is for, in errors: "pull image x". @default - the command's first line */
  readonly what?: string;
  /** Show neither the command nor its output in errors. */
  readonly secret?: boolean;
  /** Called when the first byte of output arrives. */
  readonly onFirstOutput?: () => void;
  /** Called with output as it comes, all of it: for what goes on for long, or prints much. */
  readonly onOutput?: (chunk: Buffer, from: "stdout" | "stderr") => void;
}

export interface CheckOptions extends RunOptions {
  /** Kind of the error when the command fails. @default "command" */
  readonly kind?: HostErrorKind;
  /** What to do when the command fails. */
  readonly fix?: string;
}

export const DEFAULT_DEADLINE_MS = 60_000;

/** A VM on which we are root, however it is reached. Every method names it in its errors. */
export abstract class Machine {
  /** How errors name it. */
  abstract readonly target: string;

  /** Runs a POSIX sh script as root and returns how it ended; only a command that could not run at all throws. */
  abstract run(script: string, o?: RunOptions): Promise<RunResult>;

  /** As `run`, and throws a HostError with the end of the command's output when its exit code is not 0. */
  async check(script: string, o: CheckOptions = {}): Promise<RunResult> {
    return this.mustSucceed(await this.run(script, o), { ...o, what: nameOf(script, o) });
  }

  /** The result itself when the exit code is 0; else throws as `check` does. */
  mustSucceed(result: RunResult, o: CheckOptions): RunResult {
    if (result.code === 0) return result;
    throw new HostError(o.kind ?? "command", this.target, {
      what: `${o.what ?? "a command"} failed`,
      why: o.secret ? `exit code ${result.code}` : `exit code ${result.code}: ${lastLines(result)}`,
      fix: o.fix ?? "Correct this on the host, and run it again",
    });
  }

  /**
   * Writes all files in one round trip, each replaced at once (never half written) and only where content or mode differ.
   * All are staged before the first is replaced. Parent directories are made (0755). Returns the paths that changed.
   */
  async putFiles(files: readonly HostFile[]): Promise<string[]> {
    return files.length === 0 ? [] : await writeFiles(this, files);
  }

  protected late(what: string, deadlineMs: number, cause: unknown): HostError {
    const why = `still running after ${Math.round(deadlineMs / 1000)} s`;
    return this.failed("deadline", what, why, "Look at the load and the network of the host", cause);
  }

  protected failed(kind: HostErrorKind, what: string, why: string, fix: string, cause: unknown): HostError {
    return new HostError(kind, this.target, { what: `${what} failed`, why, fix }, { cause });
  }
}

/** How errors name a command. */
export function nameOf(script: string, o: RunOptions): string {
  if (o.what !== undefined) return o.what;
  return o.secret ? "a command" : (script.trim().split("\n")[0] ?? "").slice(0, 80);
}

/** The end of what a failed command said: errors come last. */
export function lastLines({ stdout, stderr }: RunResult): string {
  const said = stderr.trim() || stdout.trim() || "it said nothing";
  return said.split("\n").slice(-6).join("\n").slice(-800);
}
