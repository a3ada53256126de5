import * as http from "node:http";
import * as net from "node:net";
import { pipeline, type Duplex, type Readable } from "node:stream";
import * as tls from "node:tls";
import { checkPeerIdentity } from "./peer-certificate";

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Sent as it is, instead of a body. */
  readonly content?: { readonly stream: Readable; readonly bytes: number };
  readonly headers?: Readonly<Record<string, string>>;
}

/** Whom to trust and how to show who is asking. */
export interface Credentials {
  /** Certificate of the cluster CA (PEM). Undefined trusts anybody, and is for the very first contact alone. */
  readonly caPem?: string;
  /** Name (or IP address) that the daemon's certificate must carry. */
  readonly servername: string;
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** One request over a connection of its own; resolves with the head of the answer, whose body is still to be read. */
export async function exchange(
  raw: Duplex,
  who: Credentials,
  call: Call,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const socket = await secure(raw, who, signal);
  const payload = call.body === undefined ? undefined : JSON.stringify(call.body);
  const headers = { ...headersOf(who, payload), ...contentHeaders(call), ...call.headers };
  const { method, path } = call;
  return new Promise((resolve, reject) => {
    const request = http.request({ method, path, headers, signal, createConnection: () => socket }, resolve);
    request.on("error", reject);
    if (call.content) pipeline(call.content.stream, request, (error) => error && reject(error));
    else request.end(payload);
  });
}

/** Ends with the signal's reason, even where the work itself does not end. */
export function abortable<T>(signal: AbortSignal, work: Promise<T>, onAbort: () => void): Promise<T> {
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

function headersOf(who: Credentials, payload: string | undefined): Record<string, string> {
  const host = net.isIPv6(who.servername) ? `[${who.servername}]` : who.servername;
  const headers: Record<string, string> = { host, connection: "close" };
  if (who.token !== undefined) headers.authorization = `Bearer ${who.token}`;
  if (payload !== undefined) {
    headers["content-type"] = "application/json";
    headers["content-length"] = String(Buffer.byteLength(payload));
  }
  return headers;
}

function contentHeaders({ content }: Call): Record<string, string> {
  if (!content) return {};
  return { "content-type": "application/octet-stream", "content-length": String(content.bytes) };
}

function secure(raw: Duplex, who: Credentials, signal: AbortSignal): Promise<tls.TLSSocket> {
  // Only a host name may be asked for (RFC 6066, section 3): no address, and not the host:port of a first contact.
  const isName = !net.isIP(who.servername) && !who.servername.includes(":");
  const name = isName ? { servername: who.servername } : { host: who.servername };
  const socket = tls.connect({
    socket: raw,
    ca: who.caPem,
    rejectUnauthorized: who.caPem !== undefined,
    checkServerIdentity: checkPeerIdentity,
    cert: who.cert,
    key: who.key,
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
