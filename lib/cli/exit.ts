/** Exit codes of every command. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The cluster serves, and something of it is down; or a review found what it was to fail on. */
  degraded: 3,
} as const;

/** The command line asks for something that cannot be. */
export class UsageError extends Error {}
