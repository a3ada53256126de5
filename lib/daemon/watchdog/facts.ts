/** What the watchdog has counted since the daemon started, and sees now; for metrics. */
export interface WatchdogFacts {
  /** Restarts of a component, whoever started it again: the watchdog, or Docker after a crash. */
  readonly restarts: readonly { readonly component: string; readonly count: number }[];
  /** Components that were given up after a restart loop. */
  readonly stopped: readonly string[];
  /** Peers that do not answer this one. */
  readonly peersDown: readonly string[];
}
