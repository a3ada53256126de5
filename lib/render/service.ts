/** One container of a peer: what differs between components. lib/render/compose.ts adds what they share. */
export interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly user?: string;
  readonly healthcheck: {
    readonly test: readonly string[];
    /** How long failures do not count after a start. */
    readonly startPeriod: string;
  };
  readonly stopGraceSeconds: number;
}
