export interface CachedOptions {
  /** Milliseconds during which an answer is given as it is. @default 1000 */
  readonly freshMs?: number;
  /** Milliseconds during which it is given at once while the next is fetched; an older one is waited for. @default 5000 */
  readonly staleMs?: number;
  /** Milliseconds on a clock that never jumps. @default performance.now */
  readonly now?: () => number;
}

/** A costly answer that may be some seconds old. However many ask, it is worked out once at a time, and only when asked for. */
export class Cached<T> {
  private last: { readonly value: T; readonly at: number } | undefined;
  private pending: Promise<T> | undefined;
  private epoch = 0;

  constructor(
    private readonly load: () => Promise<T>,
    private readonly o: CachedOptions = {},
  ) {}

  async get(): Promise<T> {
    const age = this.last ? this.now() - this.last.at : Infinity;
    if (this.last && age <= (this.o.freshMs ?? 1_000)) return this.last.value;
    const next = this.refresh();
    if (!this.last || age > (this.o.staleMs ?? 5_000)) return next;
    // Whoever asks when it is too old to be given is told why it fails.
    next.catch(() => undefined);
    return this.last.value;
  }

  /** What was true is so no longer: the next answer is worked out anew. */
  forget(): void {
    this.epoch += 1;
    this.last = undefined;
    this.pending = undefined;
  }

  private refresh(): Promise<T> {
    return (this.pending ??= this.loadOnce());
  }

  private async loadOnce(): Promise<T> {
    const { epoch } = this;
    // As old as what it was made of: time counts from before it was worked out.
    const at = this.now();
    try {
      const value = await this.load();
      if (epoch === this.epoch) this.last = { value, at };
      return value;
    } finally {
      if (epoch === this.epoch) this.pending = undefined;
    }
  }

  private now(): number {
    return (this.o.now ?? (() => performance.now()))();
  }
}
