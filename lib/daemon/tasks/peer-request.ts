import type { IncomingMessage } from "node:http";
import * as https from "node:https";
import { checkPeerIdentity } from "../../api/peer-certificate";
import type { ProblemReply } from "../../api/wire";
import type { PeerSpec } from "../../spec/spec";
import type { PeerTls } from "../peers";
import { messageOf } from "../wait";

export interface PeerAddress {
  readonly peer: Pick<PeerSpec, "name" | "address">;
  readonly port: number;
  /** Certificate and key of this peer, and the only CA that is trusted. */
  readonly tls: PeerTls;
}

export interface PeerRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

/** A host that is gone answers nothing at all, not even a refusal. */
const CONNECT_MS = 5_000;
/** Problem documents, and what tasks answer. */
const TEXT_LIMIT = 4 << 20;

/**
 * Sends a request to another daemon over mutual TLS, and gives its successful answer unread. Throws with the peer's name when it
 * cannot be reached, is not who it should be, or answers with an error.
 */
export async function askPeer(to: PeerAddress, request: PeerRequest): Promise<IncomingMessage> {
  const { name } = to.peer;
  const response = await send(to, request).catch((error: unknown) => {
    const why = request.signal.aborted ? request.signal.reason : error;
    throw new Error(`${name}: its daemon cannot be reached: ${messageOf(why)}`, { cause: error });
  });
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  throw new Error(`${name}: ${problem(status, await textOf(response))}`);
}

/** Reads an answer to its end. */
export async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response as AsyncIterable<string>) {
    text += chunk;
    if (text.length > TEXT_LIMIT) throw new Error("the answer is longer than any that was asked for");
  }
  return text;
}

function send({ peer, port, tls }: PeerAddress, o: PeerRequest): Promise<IncomingMessage> {
  const body = o.body === undefined ? undefined : JSON.stringify(o.body);
  const type = body === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        ...{ method: o.method, path: o.path, headers: { ...type, ...o.headers }, signal: o.signal },
        ...{ host: peer.address, port, servername: peer.name, minVersion: "TLSv1.2", agent: false },
        ...{ ca: tls.ca, cert: tls.cert, key: tls.key, checkServerIdentity: checkPeerIdentity },
      },
      resolve,
    );
    request.on("error", reject);
    const silent = setTimeout(
      () => request.destroy(new Error(`no connection in ${CONNECT_MS / 1000} s`)),
      CONNECT_MS,
    );
    request.on("socket", (socket) => socket.once("secureConnect", () => clearTimeout(silent)));
    request.on("close", () => clearTimeout(silent));
    request.end(body);
  });
}

function problem(status: number, text: string): string {
  try {
    return (JSON.parse(text) as ProblemReply).detail;
  } catch {
    return `it answered ${status} without saying why; does something else listen on its daemon's port?`;
  }
}
