/** What jobs need of the Docker engine on their own host, besides the components. */
export interface Engine {
  /** Runs a program of an image in a container without a network, which is removed afterwards. */
  run(program: OneOff): Promise<OneOffResult>;
  images(): Promise<ImageOnHost[]>;
  /** False when the engine keeps it because something still needs it. */
  removeImage(id: string): Promise<boolean>;
}

export interface OneOff {
  readonly image: string;
  readonly command: readonly string[];
  /** `host path:path in the container[:ro]` */
  readonly binds: readonly string[];
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export interface OneOffResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ImageOnHost {
  readonly id: string;
  /** `repository:tag`, and `repository@digest` where it was pulled by one; empty for a dangling image. */
  readonly references: readonly string[];
  /** Bytes that no other image shares. */
  readonly bytes: number;
  /** Some container of the host was made from it, running or not, whoever made it. */
  readonly used: boolean;
}
