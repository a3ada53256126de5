import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../log";
import type { Http, HttpAnswer } from "../ports/runtime";

const REQUEST_MS = 10_000;
/** Alerts that wait for a receiver that is down; the oldest go first. */
const QUEUE_LIMIT = 100;
/** With pauses from one second, doubling up to a minute: about 50 minutes in all. */
const ATTEMPTS = 55;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export interface WebhookOptions {
  /** A secret: it is in no message of this class. */
  readonly url: string;
  readonly http: Pick<Http, "send">;
  readonly log: Pick<Log, "warn">;
  /** Before the second attempt; doubles with each. Milliseconds. @default 1000 */
  readonly firstPauseMs?: number;
  /** @default 55 */
  readonly attempts?: number;
}

/** Posts bodies to a URL, one after the other, again until the receiver takes them or there is no hope. Never blocks. */
export class Webhook {
  private readonly stopping = new AbortController();
  private readonly queue: string[] = [];
  private sending: Promise<void> | undefined;

  constructor(private readonly o: WebhookOptions) {}

  post(body: string): void {
    if (this.stopping.signal.aborted) return;
    if (this.queue.length >= QUEUE_LIMIT) {
      this.queue.shift();
      this.o.log.warn(`alert webhook: more than ${QUEUE_LIMIT} alerts wait, the oldest is given up`);
    }
    this.queue.push(body);
    this.sending ??= this.drain().finally(() => (this.sending = undefined));
  }

  /** What is not sent by now is given up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.queue.length = 0;
    await this.sending;
  }

  private async drain(): Promise<void> {
    for (let body = this.queue.shift(); body !== undefined; body = this.queue.shift())
      await this.deliver(body);
  }

  private async deliver(body: string): Promise<void> {
    const { signal } = this.stopping;
    const attempts = this.o.attempts ?? ATTEMPTS;
    let pauseMs = this.o.firstPauseMs ?? FIRST_PAUSE_MS;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const failure = await this.attempt(body);
      if (failure === undefined) return;
      const lost = failure.hopeless || attempt >= attempts;
      if (lost || attempt === 1)
        this.o.log.warn(`alert webhook: ${failure.why}: ${lost ? "this alert is given up" : "tried again"}`);
      if (lost) return;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  private async attempt(body: string): Promise<Failure | undefined> {
    const { url, http } = this.o;
    const headers = { "content-type": "application/json" };
    try {
      return refusal(await http.send({ method: "POST", url, headers, body, timeoutMs: REQUEST_MS }));
    } catch (error) {
      // Not the message: it may name the host, which is part of the secret.
      return { why: (error as NodeJS.ErrnoException).code ?? "no answer", hopeless: false };
    }
  }
}

interface Failure {
  readonly why: string;
  /** Another attempt would end the same. */
  readonly hopeless: boolean;
}

function refusal({ status }: HttpAnswer): Failure | undefined {
  if (status >= 200 && status < 300) return undefined;
  const hopeless = status < 500 && status !== 408 && status !== 429;
  return { why: `the receiver answers ${status}`, hopeless };
}
