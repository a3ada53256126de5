/** Keeps the last part of a stream: a command gone wild must not fill our memory, and the reason of a failure is at the end. */
export class BoundedText {
  #chunks: Buffer[] = [];
  #length = 0;
  #dropped = 0;

  constructor(private readonly limit: number) {}

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (this.#chunks.length > 1 && this.#length - (this.#chunks[0]?.length ?? 0) >= this.limit) {
      const first = this.#chunks.shift();
      this.#length -= first?.length ?? 0;
      this.#dropped += first?.length ?? 0;
    }
  }

  toString(): string {
    const kept = Buffer.concat(this.#chunks);
    const over = Math.max(0, kept.length - this.limit);
    const cut = this.#dropped + over;
    return (cut > 0 ? `[${cut} bytes cut]\n` : "") + kept.subarray(over).toString("utf8");
  }
}
