/**
 * Equal servers of which one is used until it fails: then the next one is, and stays so. A call whose error any other
 * server would repeat is not tried there.
 */
export class Failover<T> {
  private current = 0;

  constructor(
    private targets: readonly T[],
    private readonly mayWorkElsewhere: (error: unknown) => boolean,
  ) {}

  /** The one that is used stays so, if it is still there. */
  setTargets(targets: readonly T[]): void {
    this.current = Math.max(0, targets.indexOf(this.targets[this.current]!));
    this.targets = targets;
  }

  /** Tries each server at most once; throws the last error. */
  async call<R>(work: (target: T) => Promise<R>): Promise<R> {
    let last: unknown;
    const { targets } = this;
    let at = this.current;
    for (let tries = 0; tries < targets.length; tries += 1) {
      try {
        return await work(targets[at]!);
      } catch (error) {
        if (!this.mayWorkElsewhere(error)) throw error;
        last = error;
        const next = (at + 1) % targets.length;
        const ours = this.targets === targets;
        // Calls that run side by side fail side by side: only the first of them moves on.
        if (ours && this.current === at) this.current = next;
        at = ours ? this.current : next;
      }
    }
    throw last;
  }
}
