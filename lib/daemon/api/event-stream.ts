import { PassThrough, type Readable } from "node:stream";

/** A reverse proxy or a NAT forgets a silent connection after a minute or so. */
const BEAT_MS = 15_000;
/** A client that reads slower than this much piles up is cut off: it resumes behind the last line that it has. */
const BACKLOG = 4 << 20;

/** Server-sent events, for a route's `stream`. Ends with the client. */
export class EventStream {
  private readonly out = new PassThrough();
  private readonly beat = setInterval(() => this.write(": still here\n\n"), BEAT_MS);

  constructor(signal: AbortSignal) {
    const gone = (): void => void this.out.destroy();
    this.out.once("close", () => {
      clearInterval(this.beat);
      signal.removeEventListener("abort", gone);
    });
    signal.addEventListener("abort", gone, { once: true });
    if (signal.aborted) gone();
    // The head of the answer goes out with the first byte.
    this.write(": here it comes\n\n");
  }

  get stream(): Readable {
    return this.out;
  }

  /** `id` is what a client that resumes sends as Last-Event-ID. */
  send(event: string, data: unknown, id?: string | number): void {
    const head = id === undefined ? "" : `id: ${id}\n`;
    this.write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    if (!this.out.destroyed) this.out.end();
  }

  private write(text: string): void {
    if (this.out.destroyed || this.out.writableEnded) return;
    if (this.out.writableLength > BACKLOG) this.out.destroy();
    else this.out.write(text);
  }
}
