import { Conflict } from "../errors";

/** The newest term that this peer has heard of: whoever asks in an older one led once, and no longer does. */
export class TermGate {
  private newest = 0n;

  /** Throws Conflict for a term that has ended. */
  pass(term: string): void {
    const asked = BigInt(term);
    if (asked < this.newest) {
      throw new Conflict(
        `term ${term} has ended: term ${this.newest} has been seen here; whoever leads now goes on`,
      );
    }
    this.newest = asked;
  }

  /** Hears of a term by other ways than a request. */
  saw(term: string | undefined): void {
    if (term !== undefined && BigInt(term) > this.newest) this.newest = BigInt(term);
  }
}
