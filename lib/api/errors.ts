import type { ProblemReply } from "./wire";

/** The daemon answered with an error. */
export class DaemonError extends Error {
  constructor(
    readonly peer: string,
    readonly status: number,
    readonly problem: ProblemReply,
    /** Seconds after which it is worth trying again, where the daemon says so. */
    readonly retryAfterSeconds?: number,
  ) {
    super(`${peer}: ${problem.title} (${status}): ${problem.detail}`);
    this.name = "DaemonError";
  }
}

/** The daemon could not be asked: no connection, no trust, or no answer in time. */
export class DaemonUnreachableError extends Error {
  constructor(
    readonly peer: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${peer}: its daemon cannot be reached: ${reason}`, options);
    this.name = "DaemonUnreachableError";
  }
}
