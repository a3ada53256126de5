/** What the watchdog needs of the Docker engine on its own host. A component is the container of one compose service. */
export interface Components {
  /** Those that there are, running or not. */
  list(): Promise<Component[]>;
  /** Stops it, SIGKILL after its own grace period, and starts it again. */
  restart(service: string): Promise<void>;
  start(service: string): Promise<void>;
  /** SIGKILL after so many seconds. @default - its own grace period */
  stop(service: string, graceSeconds?: number): Promise<void>;
  /** Stops it, and removes its container; one that is gone is no error. */
  remove(service: string, graceSeconds?: number): Promise<void>;
  /** Sends its first process a signal, e.g. "SIGHUP". */
  signal(service: string, signal: NodeJS.Signals): Promise<void>;
  /**
   * Tells of events until the signal fires or the engine ends the stream, then returns. Throws when it cannot be asked.
   * `sinceSeconds` (of the engine's clock) brings back what was missed; the engine remembers its last 256 events.
   */
  events(o: EventsOptions): Promise<void>;
}

export interface EventsOptions {
  readonly sinceSeconds?: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ComponentEvent, atSeconds: number) => void;
}

export interface Component {
  readonly service: string;
  readonly phase: Phase;
  /** `none`: the container has no health check, or does not run. */
  readonly health: "healthy" | "starting" | "unhealthy" | "none";
  /** Why the engine could not start it, what its last health check said, or how it exited. */
  readonly detail?: string;
  /** The engine tried to start it and could not; it does not try again. */
  readonly startFailed?: boolean;
}

/** `restarting`: it has exited, and the engine waits a while before it starts it again. */
export type Phase = "created" | "running" | "restarting" | "paused" | "exited" | "dead" | "removing";

/**
 * `kill`: somebody sent it a signal through the engine; `stop`: somebody stopped it by `docker stop`, told after `die`.
 * `health`: its health has changed.
 */
export interface ComponentEvent {
  readonly service: string;
  readonly action: "start" | "die" | "kill" | "stop" | "health";
  /** With `die`. */
  readonly exitCode?: number;
}
