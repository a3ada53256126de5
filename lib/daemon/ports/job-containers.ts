import type { RenderedFile } from "../../render";

/** Programs of images that work for a job on this host, in its network. */
export interface JobContainers {
  /**
   * Runs one to its end and removes its container, whatever happens. Returns its exit code. Throws the signal's reason when that fires,
   * and a DeadlineError when the program has said nothing for as long as it may.
   */
  run(job: JobContainer): Promise<number>;
  /** Removes those that a daemon has left which died meanwhile. Returns how many there were. */
  removeLeftovers(): Promise<number>;
}

export interface JobContainer {
  /** For messages. */
  readonly name: string;
  readonly image: string;
  /** Seen by whoever lists processes: no secrets. */
  readonly command: readonly string[];
  /** Neither are they for these. */
  readonly env: Readonly<Record<string, string>>;
  /** By absolute paths in the container: they are in no file of the host, and go with the container. */
  readonly files: readonly RenderedFile[];
  /** A line that it has said, on whichever of its outputs. */
  readonly onLine: (line: string) => void;
  /** Longest silence in milliseconds. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}
