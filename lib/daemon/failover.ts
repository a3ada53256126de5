/**
 * Equal servers of which one is used until it fails: then the next one is, and stays so. A call whose error any other
 * server would repeat is not tried there.
 */
export class Failover<T> {
  private current = 0;

  constructor(
    private readonly targets: readonly T[],
    private readonly mayWorkElsewhere: (error: unknown) => boolean,
  ) {}

  /** Tries each server at most once; throws the last error. */
  async call<R>(work: (target: T) => Promise<R>): Promise<R> {
    let last: unknown;
    for (let tries = 0; tries < this.targets.length; tries += 1) {
      const at = this.current;
      try {
        return await work(this.targets[at]!);
      } catch (error) {
        if (!this.mayWorkElsewhere(error)) throw error;
        last = error;
        // Calls that run side by side fail side by side: only the first of them moves on.
        if (this.current === at) this.current = (at + 1) % this.targets.length;
      }
    }
    throw last;
  }
}
