/** Tells when whoever takes content takes nothing for so long; the time that the content itself needs does not count. */
export class StallWatch {
  private readonly stalled = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly ms: number) {}

  /** Aborted, with the reason, once it has stalled. */
  get signal(): AbortSignal {
    return this.stalled.signal;
  }

  async *over(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      this.begin();
      yield chunk;
      this.end();
    }
    // What was taken is now to be kept.
    this.begin();
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private begin(): void {
    const late = (): void => this.stalled.abort(new Error(`nothing was taken for ${this.ms / 1000} s`));
    this.timer = setTimeout(late, this.ms);
  }
}
