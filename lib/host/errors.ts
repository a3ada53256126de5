/** What kind of trouble it was, for callers that act on it; people read the message. */
export type HostErrorKind =
  /** The options cannot work: unreadable key, wrong passphrase, no way to log in. */
  | "options"
  /** Nothing answered until the deadline. */
  | "unreachable"
  /** The host answered and refused every way to log in. Never retried. */
  | "authentication"
  /** The host is not the one whose key is pinned. Never retried. */
  | "host-key"
  /** The connection broke while it was in use. */
  | "connection-lost"
  /** A command ran longer than it was given. */
  | "deadline"
  /** Rights of root are needed and sudo does not give them without a password. */
  | "sudo"
  /** A command ran and failed. */
  | "command"
  /** Docker is missing, too old, not running, or is Podman. */
  | "docker"
  /** An image cannot be had, or is not what was asked for. */
  | "image"
  /** The caller's signal fired. */
  | "aborted";

/** The three things that a person needs to know. Sentences without a final period. */
export interface Explanation {
  /** What failed, e.g. "cannot log in". */
  readonly what: string;
  /** Why, with the values that matter. */
  readonly why: string;
  /** What to do about it. */
  readonly fix: string;
}

/** Every failure in lib/host: names the host, what failed, why, and what to do. Never holds a secret. */
export class HostError extends Error {
  readonly what: string;
  readonly why: string;
  readonly fix: string;

  constructor(
    readonly kind: HostErrorKind,
    /** Whom it is about: `user@host:port`, with the jump host where there is one. */
    readonly target: string,
    explanation: Explanation,
    options?: ErrorOptions,
  ) {
    super(`${target}: ${explanation.what}: ${explanation.why}. ${explanation.fix}`, options);
    this.name = "HostError";
    this.what = explanation.what;
    this.why = explanation.why;
    this.fix = explanation.fix;
  }
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === "string" ? message : String(error);
}
