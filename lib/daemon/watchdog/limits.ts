/** How patient the watchdog is. Milliseconds. */
export interface Limits {
  /** Between two looks; looks that are closer than half of it are one tick. */
  readonly tickMs: number;
  /** Ticks that a component is unhealthy before it is restarted. Docker itself calls it so after three failed checks. */
  readonly unhealthyTicks: number;
  /** Ticks that a component is stopped before it is started: Docker may be just about to do so. */
  readonly stoppedTicks: number;
  /** After a component's start, and after the daemon's own, nothing is held against it. */
  readonly graceMs: number;
  /** So many restarts within the window did not help: one that is sick again is given up. */
  readonly loopRestarts: number;
  readonly loopWindowMs: number;
}

/** Issue: 3 ticks of 10 s, 3 restarts in 300 s. */
export const LIMITS: Limits = {
  tickMs: 10_000,
  unhealthyTicks: 3,
  stoppedTicks: 2,
  graceMs: 30_000,
  loopRestarts: 3,
  loopWindowMs: 300_000,
};
