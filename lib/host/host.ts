import type { Duplex } from "node:stream";
import { hostPort } from "../spec/host";
import { isProhibited, openConnection, type Connection } from "./connect";
import { messageOf, HostError } from "./errors";
import { ConnectionLost, DeadlineExceeded, exec } from "./exec";
import { DEFAULT_DEADLINE_MS, lastLines, Machine, nameOf, type RunOptions, type RunResult } from "./machine";
import { targetName, type SshOptions } from "./options";
import { commandLine, sudoRefused } from "./shell";

/** A machine over one SSH connection. */
export class Host extends Machine {
  /** OpenSSH line of the host key that was presented, e.g. "ssh-ed25519 AAAA…". */
  readonly hostKey: string;
  readonly #sudo: boolean;
  #lost: string | undefined;

  private constructor(
    readonly target: string,
    private readonly connection: Connection,
    o: SshOptions,
  ) {
    super();
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

  /** A connection to a port as seen from the VM, e.g. ("127.0.0.1", 19500). */
  forward(host: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const refuse = (error: Error & { reason?: unknown }): void =>
        reject(this.#forwardError(hostPort(host, port), error));
      try {
        this.connection.client.forwardOut("127.0.0.1", 0, host, port, (error, channel) =>
          error ? refuse(error) : resolve(channel),
        );
      } catch (error) {
        refuse(error as Error);
      }
    });
  }

  close(): void {
    this.connection.client.end();
    this.connection.jump?.client.end();
  }

  #failure(error: unknown, what: string, deadlineMs: number): HostError {
    if (this.#lost === "aborted") {
      return this.failed("aborted", what, "the operation was cancelled", "Run it again to continue", error);
    }
    if (error instanceof DeadlineExceeded) return this.late(what, deadlineMs, error);
    if (error instanceof ConnectionLost) {
      const why = `lost the SSH connection (${this.#lost ?? error.message})`;
      return this.failed("connection-lost", what, why, "Check that the host is up, and run it again", error);
    }
    return this.failed("command", what, messageOf(error), "Check the input on this machine", error);
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
      return this.failed("unreachable", what, this.#lost ?? cause.message, fix, cause);
    }
    const fix = "Set AllowTcpForwarding yes (or local) in the host's sshd_config";
    return this.failed("unreachable", what, "its SSH server refuses to forward connections", fix, cause);
  }
}
