import * as http from "node:http";
import type { Duplex } from "node:stream";
import { DaemonError, DaemonUnreachableError } from "./errors";
import { abortable, exchange, type Call, type Credentials } from "./exchange";
import type { ProblemReply } from "./wire";

export interface TransportOptions extends Credentials {
  /** Opens a raw TCP stream to the daemon: a socket, or a channel through SSH. */
  readonly connect: () => Promise<Duplex>;
  /**
   * Opens one to another peer, for what only the leader does: a 307 is followed once, with the same authentication, to a
   * daemon whose certificate carries that address. @default - a 307 is an error that names the leader
   */
  readonly connectTo?: (host: string, port: number) => Promise<Duplex>;
  /** Ends a request that is under way. */
  readonly signal?: AbortSignal;
}

/** An answer whose body is read while it comes. Whoever has one closes it. */
export interface OpenAnswer {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
  close(): void;
}

/** Sends requests to one daemon, each over a connection of its own. Throws DaemonError and DaemonUnreachableError. */
export class Transport {
  constructor(private readonly o: TransportOptions) {}

  /** The whole answer as text, all within the deadline. */
  async text(call: Call, deadlineMs: number): Promise<string> {
    const limits = new Limits(call, deadlineMs, [this.o.signal]);
    try {
      const answer = await this.begin(call, limits);
      return await textOf(answer.body);
    } catch (error) {
      throw this.unreachable(error, limits.signal);
    } finally {
      limits.end();
    }
  }

  /** The answer as soon as it begins, within the deadline; its body may go on for ever. */
  async open(call: Call, deadlineMs: number, signal?: AbortSignal): Promise<OpenAnswer> {
    const limits = new Limits(call, deadlineMs, [this.o.signal, signal]);
    try {
      const answer = await this.begin(call, limits);
      limits.hasBegun();
      return answer;
    } catch (error) {
      limits.end();
      throw this.unreachable(error, limits.signal);
    }
  }

  private async begin(call: Call, limits: Limits): Promise<OpenAnswer> {
    const { o } = this;
    let answer = await exchange(await open(o.connect, limits), o, call, limits.signal);
    const elsewhere = o.connectTo && redirection(answer);
    if (elsewhere) {
      const { hostname, port, pathname, search } = elsewhere;
      const host = hostname.replace(/^\[|\]$/g, "");
      const raw = await open(() => o.connectTo!(host, Number(port || 443)), limits);
      const there = { ...call, path: pathname + search };
      answer = await exchange(raw, { ...o, servername: host }, there, limits.signal);
    }
    const { statusCode = 0, headers } = answer;
    if (statusCode < 200 || statusCode >= 300) throw problemIn(o.servername, answer, await textOf(answer));
    return { headers, body: answer, close: () => limits.end() };
  }

  private unreachable(error: unknown, signal: AbortSignal): Error {
    if (error instanceof DaemonError) return error;
    const cause = signal.aborted ? (signal.reason as unknown) : error;
    return new DaemonUnreachableError(this.o.servername, reasonOf(cause), { cause });
  }
}

/** Ends a request at its deadline, or when it is cancelled; and closes what it has opened. */
class Limits {
  private readonly abort = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly opened: Duplex[] = [];
  private readonly cancel: () => void;

  constructor(
    { method, path }: Call,
    ms: number,
    private readonly signals: readonly (AbortSignal | undefined)[],
  ) {
    const fail = (why: string): void => this.abort.abort(new Error(why));
    this.timer = setTimeout(() => fail(`no answer to ${method} ${path} within ${ms} ms`), ms);
    this.cancel = () => fail(`${method} ${path} was cancelled`);
    for (const signal of signals) {
      if (signal?.aborted) this.cancel();
      signal?.addEventListener("abort", this.cancel);
    }
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  uses(stream: Duplex): Duplex {
    this.opened.push(stream);
    return stream;
  }

  hasBegun(): void {
    clearTimeout(this.timer);
  }

  end(): void {
    this.hasBegun();
    for (const signal of this.signals) signal?.removeEventListener("abort", this.cancel);
    for (const stream of this.opened) stream.destroy();
  }
}

/** A connection that comes after the deadline has nobody to use it: it is closed. */
async function open(connect: () => Promise<Duplex>, limits: Limits): Promise<Duplex> {
  const opening = connect();
  const late = (): void => void opening.then((s) => s.destroy()).catch(() => undefined);
  return limits.uses(await abortable(limits.signal, opening, late));
}

function redirection({ statusCode, headers }: http.IncomingMessage): URL | undefined {
  if (statusCode !== 307 || !headers.location || !URL.canParse(headers.location)) return undefined;
  const url = new URL(headers.location);
  return url.protocol === "https:" ? url : undefined;
}

async function textOf(body: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function problemIn(peer: string, { statusCode: status = 0, headers }: http.IncomingMessage, text: string) {
  const problem = (tryJson(text) ?? {}) as Partial<ProblemReply>;
  const whole: ProblemReply = {
    type: problem.type ?? "about:blank",
    title: problem.title ?? http.STATUS_CODES[status] ?? "error",
    status,
    detail: problem.detail ?? "the answer carries no details; does something else listen on this port?",
    requestId: problem.requestId,
  };
  const after = Number(headers["retry-after"]);
  return new DaemonError(peer, status, whole, Number.isFinite(after) && after > 0 ? after : undefined);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(cause: unknown): string {
  const e = cause as NodeJS.ErrnoException;
  return e.message || e.code || String(cause);
}
