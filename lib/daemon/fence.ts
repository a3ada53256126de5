/**
 * How long a leader may believe that it leads, on its own monotonic clock.
 *
 * etcd counts a lease from when it *received* the last keep-alive, which is after we *sent* it. So until
 * `sent + TTL` nobody else can have been elected. The margin covers a clock that runs slower than etcd's
 * and the time between the last look at the fence and the effect of what is done then.
 * A process that was paused can still act late: therefore every write also compares the term in etcd.
 */
export class Fence {
  private sentMs = -Infinity;

  constructor(
    private readonly ttlMs: number,
    private readonly marginMs: number = ttlMs / 5,
  ) {}

  /** A keep-alive (or the grant) that was sent at `sentMs` has been acknowledged. */
  acknowledged(sentMs: number): void {
    this.sentMs = Math.max(this.sentMs, sentMs);
  }

  /** The first moment at which this leader must no longer act. */
  get endsMs(): number {
    return this.sentMs + this.ttlMs - this.marginMs;
  }

  holds(nowMs: number): boolean {
    return nowMs < this.endsMs;
  }
}
