/**
 * Services of this peer that somebody works on, so that the watchdog leaves them alone. A mark ends by itself: the one who set
 * it may die.
 */
export class MaintenanceMarks {
  private readonly until = new Map<string, { endsMs: number; why: string }>();

  /** Milliseconds on a clock that never jumps. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Marks a service, or "*" for all. */
  set(service: string, why: string, ms: number): void {
    this.until.set(service, { endsMs: this.now() + ms, why });
  }

  clear(service: string): void {
    this.until.delete(service);
  }

  /** Why a service is to be left alone, if it is. */
  why(service: string): string | undefined {
    return this.of(service) ?? this.of("*");
  }

  private of(service: string): string | undefined {
    const mark = this.until.get(service);
    return mark && mark.endsMs > this.now() ? mark.why : undefined;
  }
}
