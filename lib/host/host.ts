import type { Duplex, Readable } from "node:stream";
import { isProhibited, openConnection, type Connection } from "./connect";
import { HostError, messageOf, type HostErrorKind } from "./errors";
import { ConnectionLost, DeadlineExceeded, exec, type ExecResult } from "./exec";
import { writeFiles, type HostFile } from "./files";
import { targetName, type SshOptions } from "./options";
import { commandLine, sudoRefused } from "./shell";

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
}

export interface CheckOptions extends RunOptions {
  /** Kind of the error when the command fails. @default "command" */
  readonly kind?: HostErrorKind;
  /** What to do when the command fails. */
  readonly fix?: string;
}

const DEFAULT_DEADLINE_MS = 60_000;

/** A VM on which we are root, over one SSH connection. Every method names the host in its errors. */
export class Host {
  /** OpenSSH line of the host key that was presented, e.g. "ssh-ed25519 AAAA…". */
  readonly hostKey: string;
  readonly #sudo: boolean;
  #lost: string | undefined;

  private constructor(
    readonly target: string,
    private readonly connection: Connection,
    o: SshOptions,
  ) {
    this.hostKey = connection.hostKey.line;
    this.#sudo = o.sudo ?? o.user !== "root";
    connection.client.on("error", (error) => (this.#lost ??= error.message));
    connection.jump?.client.on("error", (error) => (this.#lost ??= `jump host: ${error.message}`));
  }

  /**
   * Logs in, trying again while the VM boots. When the signal fires, now or later, the connection is closed and whatever
   * runs over it fails with kind "aborted". Throws HostError.
   */
  static async connect(o: SshOptions, signal?: AbortSignal): Promise<Host> {
    const host = new Host(targetName(o), await openConnection(o, signal), o);
    const onAbort = (): void => {
      host.#lost = "aborted";
      host.connection.client.destroy();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    host.connection.client.once("close", () => signal?.removeEventListener("abort", onAbort));
    return host;
  }

  /** Runs a POSIX sh script as root and returns how it ended; only a command that could not run at all throws. */
  async run(script: string, o: RunOptions = {}): Promise<RunResult> {
    const deadlineMs = o.deadlineMs ?? DEFAULT_DEADLINE_MS;
    const result = await exec(this.connection.client, commandLine(script, this.#sudo), {
      ...o,
      deadlineMs,
    }).catch((error: unknown) => {
      throw this.#failure(error, nameOf(script, o), deadlineMs);
    });
    if (this.#sudo && result.code !== 0 && sudoRefused(result.stderr)) throw this.#sudoError(result);
    return result;
  }

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

  /** A connection to a port as seen from the VM, e.g. ("127.0.0.1", 19500). */
  forward(host: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const refuse = (error: Error & { reason?: unknown }): void =>
        reject(this.#forwardError(`${host}:${port}`, error));
      try {
        this.connection.client.forwardOut("127.0.0.1", 0, host, port, (error, channel) =>
          error ? refuse(error) : resolve(channel),
        );
      } catch (error) {
        refuse(error as Error);
      }
    });
  }

  /**
   * Writes all files in one round trip, each replaced at once (never half written) and only where content or mode differ.
   * All are staged before the first is replaced. Parent directories are made (0755). Returns the paths that changed.
   */
  async putFiles(files: readonly HostFile[]): Promise<string[]> {
    return files.length === 0 ? [] : await writeFiles(this, files);
  }

  close(): void {
    this.connection.client.end();
    this.connection.jump?.client.end();
  }

  #failure(error: unknown, what: string, deadlineMs: number): HostError {
    if (this.#lost === "aborted") {
      return this.#error("aborted", what, "the operation was cancelled", "Run it again to continue", error);
    }
    if (error instanceof DeadlineExceeded) {
      const why = `still running after ${Math.round(deadlineMs / 1000)} s`;
      return this.#error("deadline", what, why, "Look at the load and the network of the host", error);
    }
    if (error instanceof ConnectionLost) {
      const why = `lost the SSH connection (${this.#lost ?? error.message})`;
      return this.#error("connection-lost", what, why, "Check that the host is up, and run it again", error);
    }
    return this.#error("command", what, messageOf(error), "Check the input on this machine", error);
  }

  #error(kind: HostErrorKind, what: string, why: string, fix: string, cause: unknown): HostError {
    return new HostError(kind, this.target, { what: `${what} failed`, why, fix }, { cause });
  }

  #sudoError(result: RunResult): HostError {
    return new HostError("sudo", this.target, {
      what: "cannot become root",
      why: `sudo -n: ${lastLines(result)}`,
      fix: "Allow the user to run sudo without a password (NOPASSWD in /etc/sudoers.d), or log in as root",
    });
  }

  #forwardError(to: string, cause: Error & { reason?: unknown }): HostError {
    const what = `connect to ${to} from the host`;
    if (!isProhibited(cause)) {
      const fix = "Check that the service runs and listens there";
      return this.#error("unreachable", what, this.#lost ?? cause.message, fix, cause);
    }
    const fix = "Set AllowTcpForwarding yes (or local) in the host's sshd_config";
    return this.#error("unreachable", what, "its SSH server refuses to forward connections", fix, cause);
  }
}

function nameOf(script: string, o: RunOptions): string {
  if (o.what !== undefined) return o.what;
  return o.secret ? "a command" : (script.trim().split("\n")[0] ?? "").slice(0, 80);
}

/** The end of what a failed command said: errors come last. */
function lastLines({ stdout, stderr }: RunResult): string {
  const said = stderr.trim() || stdout.trim() || "it said nothing";
  return said.split("\n").slice(-6).join("\n").slice(-800);
}
