/** What the watchdog has counted since the daemon started, for metrics. */
export interface WatchdogFacts {
  /** Restarts by component, whoever started it again: the watchdog, or Docker after a crash. */
  readonly restarts: ReadonlyMap<string, number>;
  /** Restart loops that ended in giving a component up. */
  readonly loops: number;
  /** Peers that do not answer this one right now, by name. */
  readonly peersDown: readonly string[];
}
