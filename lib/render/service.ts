import type { Component } from "../spec/spec";

/** One container of a peer: what differs between components. lib/render/compose.ts adds what they share. */
export interface Service {
  /** Under which name `resources` limits it. */
  readonly component: Component;
  readonly image: string;
  readonly command?: readonly string[];
  /** More of the command, which counts only while the component's data directory is empty. */
  readonly bootstrap?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Files and certificates, all read-only: `host path:path in the container`. */
  readonly files?: readonly string[];
  readonly data?: readonly DataMount[];
  /** What it takes from those files at its start alone, secrets masked: when this changes, it must be started anew. */
  readonly reads?: unknown;
  /** What is worth knowing of a running container. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Where it may write besides its data: lost when the container ends. `path[:options]` */
  readonly tmpfs: readonly string[];
  readonly user?: string;
  /** What it needs of root's powers; it has none of the others. */
  readonly capabilities?: readonly string[];
  readonly healthcheck: {
    readonly test: readonly string[];
    /** How long failures do not count after a start. */
    readonly startPeriod: string;
  };
  readonly stopGraceSeconds: number;
  /** Docker starts it again by itself, also when the VM boots; else the daemon does, once it may. @default true */
  readonly startsByItself?: boolean;
}

/** A directory of the host that outlives the container. */
export interface DataMount {
  readonly source: string;
  readonly target: string;
  /** Made when the VM was prepared, and never again: where it is missing, its disk is not mounted. */
  readonly below?: string;
}
