/** Wakes one sleeper; a ring while nobody sleeps is kept for the next one. */
export class Bell {
  private rung = false;
  private wake: (() => void) | undefined;

  /** Rings it; a function of its own, so that it can be handed on. */
  readonly ring = (): void => {
    this.rung = true;
    this.wake?.();
  };

  /** Resolves at the next ring, at the latest after so many milliseconds. */
  async wait(ms: number): Promise<void> {
    if (!this.rung) await new Promise<void>((resolve) => this.sleep(ms, resolve));
    this.rung = false;
  }

  private sleep(ms: number, resolve: () => void): void {
    const timer = setTimeout(resolve, ms);
    this.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  }
}
