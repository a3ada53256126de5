import * as http from "node:http";
import * as net from "node:net";
import type { Duplex } from "node:stream";
import * as tls from "node:tls";
import type {
  FormProgress,
  FormRequest,
  HealthReply,
  ProblemReply,
  SmokeResult,
  StatusReply,
  TeardownRequest,
  VersionReply,
} from "./wire";

export interface DaemonClientOptions {
  /** Certificate of the cluster CA (PEM): the only issuer that is trusted. */
  caPem: string;
  /** Name (or IP address) that the daemon's certificate must carry; errors name the peer by it. */
  servername: string;
  /** Bearer token; give this, or a client certificate. */
  token?: string;
  /** Client certificate and key (PEM) signed by the cluster CA. */
  cert?: string;
  key?: string;
  /** Opens a raw TCP stream to the daemon: a socket, or a channel through SSH. */
  connect: () => Promise<Duplex>;
  /** Milliseconds that a quick request may take in all; default 15 000. Smoke and teardown get at least 300 000. */
  timeoutMs?: number;
  /** Ends a request that is under way. */
  signal?: AbortSignal;
}

/** The daemon answered with an error. */
export class DaemonError extends Error {
  constructor(
    readonly peer: string,
    readonly status: number,
    readonly problem: ProblemReply,
  ) {
    super(`${peer}: ${problem.title} (${status}): ${problem.detail}`);
    this.name = "DaemonError";
  }
}

/** The daemon could not be asked: no connection, no trust, or no answer in time. */
export class DaemonUnreachableError extends Error {
  constructor(
    readonly peer: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${peer}: its daemon cannot be reached: ${reason}`, options);
    this.name = "DaemonUnreachableError";
  }
}

const QUICK_MS = 15_000;
const LONG_MS = 300_000;

/** Client of one daemon. Each request opens a connection of its own, so a client holds nothing that needs closing. */
export class DaemonClient {
  constructor(private readonly o: DaemonClientOptions) {}

  health(): Promise<HealthReply> {
    return this.request("GET", "/health");
  }

  version(): Promise<VersionReply> {
    return this.request("GET", "/version");
  }

  /** Starts forming, or continues it; returns at once. */
  form(request: FormRequest): Promise<FormProgress> {
    return this.request("POST", "/form", request);
  }

  formProgress(): Promise<FormProgress> {
    return this.request("GET", "/form");
  }

  /** With `localOnly`, what this peer sees of itself; else of the whole cluster. */
  status(o: { localOnly?: boolean } = {}): Promise<StatusReply> {
    return this.request("GET", o.localOnly ? "/status?local=true" : "/status");
  }

  smoke(): Promise<SmokeResult> {
    return this.request("POST", "/smoke", {}, this.longMs());
  }

  teardown(request: TeardownRequest): Promise<void> {
    return this.request("POST", "/teardown", request, this.longMs());
  }

  private longMs(): number {
    return Math.max(this.o.timeoutMs ?? 0, LONG_MS);
  }

  private async request<T>(method: string, path: string, body?: unknown, ms?: number): Promise<T> {
    const deadlineMs = ms ?? this.o.timeoutMs ?? QUICK_MS;
    const abort = new AbortController();
    const timer = setTimeout(
      () => abort.abort(new Error(`no answer to ${method} ${path} within ${deadlineMs} ms`)),
      deadlineMs,
    );
    const cancel = (): void => abort.abort(new Error(`${method} ${path} was cancelled`));
    if (this.o.signal?.aborted) cancel();
    this.o.signal?.addEventListener("abort", cancel);
    let raw: Duplex | undefined;
    try {
      raw = await this.open(abort.signal);
      const socket = await secure(raw, this.o, abort.signal);
      return parse<T>(this.o.servername, await exchange(socket, this.o, method, path, body, abort.signal));
    } catch (error) {
      if (error instanceof DaemonError) throw error;
      const cause = abort.signal.aborted ? abort.signal.reason : error;
      throw new DaemonUnreachableError(this.o.servername, reasonOf(cause), { cause });
    } finally {
      clearTimeout(timer);
      this.o.signal?.removeEventListener("abort", cancel);
      raw?.destroy();
    }
  }

  /** A connection that comes after the deadline has nobody to use it: it is closed. */
  private open(signal: AbortSignal): Promise<Duplex> {
    const opening = this.o.connect();
    return abortable(signal, opening, () => void opening.then((s) => s.destroy()).catch(() => undefined));
  }
}

interface Answer {
  status: number;
  text: string;
}

function abortable<T>(signal: AbortSignal, work: Promise<T>, onAbort: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      onAbort();
      reject(signal.reason as Error);
    };
    if (signal.aborted) aborted();
    signal.addEventListener("abort", aborted);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
}

function secure(raw: Duplex, o: DaemonClientOptions, signal: AbortSignal): Promise<tls.TLSSocket> {
  const name = net.isIP(o.servername) ? { host: o.servername } : { servername: o.servername };
  const socket = tls.connect({
    socket: raw,
    ca: o.caPem,
    cert: o.cert,
    key: o.key,
    minVersion: "TLSv1.2",
    ...name,
  });
  const ready = new Promise<tls.TLSSocket>((resolve, reject) => {
    socket.once("secureConnect", () => resolve(socket));
    socket.on("error", reject);
    raw.once("close", () => reject(new Error("the connection was closed during the TLS handshake")));
    raw.once("error", reject);
  });
  return abortable(signal, ready, () => socket.destroy());
}

function exchange(
  socket: tls.TLSSocket,
  o: DaemonClientOptions,
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers: Record<string, string> = { host: o.servername, connection: "close" };
  if (o.token !== undefined) headers.authorization = `Bearer ${o.token}`;
  if (payload !== undefined) {
    headers["content-type"] = "application/json";
    headers["content-length"] = String(Buffer.byteLength(payload));
  }
  return new Promise((resolve, reject) => {
    const request = http.request(
      { method, path, headers, signal, createConnection: () => socket },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (c: Buffer) => chunks.push(c));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
        );
      },
    );
    request.on("error", reject);
    request.end(payload);
  });
}

function parse<T>(peer: string, { status, text }: Answer): T {
  const value = text === "" ? undefined : tryJson(text);
  if (status >= 200 && status < 300) return value as T;
  const problem = (value ?? {}) as Partial<ProblemReply>;
  throw new DaemonError(peer, status, {
    type: problem.type ?? "about:blank",
    title: problem.title ?? http.STATUS_CODES[status] ?? "error",
    status,
    detail: problem.detail ?? "the answer carries no details; does something else listen on this port?",
  });
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
