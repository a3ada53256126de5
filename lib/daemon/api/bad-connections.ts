import type * as https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { problem, PROBLEM_TYPE } from "./problem";

/** Every TLS connection begins with a handshake record (RFC 8446, 5.1). */
const HANDSHAKE = 0x16;
/** To say the first byte. */
const FIRST_BYTE_MS = 10_000;

/** Tells who speaks plain HTTP to the TLS port so, instead of hanging up on him without a word. */
export function answerPlainHttp(server: https.Server): void {
  const [secure] = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const drop = (): void => void socket.destroy();
    socket.setTimeout(FIRST_BYTE_MS, drop);
    socket.on("error", drop);
    socket.once("data", (first: Buffer) => {
      socket.setTimeout(0);
      socket.removeListener("timeout", drop);
      if (first[0] !== HANDSHAKE) return refuse(socket, 400, "this port speaks HTTPS: write https://");
      socket.pause();
      socket.unshift(first);
      secure!.call(server, socket);
    });
  });
}

/** What is no HTTP at all, or has too large headers, still gets an answer that a client can read. */
export function answerBadRequests(server: https.Server): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
    if (error.code === "HPE_HEADER_OVERFLOW") return refuse(socket, 431, "the headers are too large");
    if (error.code === "ERR_HTTP_REQUEST_TIMEOUT")
      return refuse(socket, 408, "the request did not come whole in time");
    refuse(socket, 400, "this is no HTTP/1.1 request");
  });
}

function refuse(socket: Duplex, status: number, detail: string): void {
  const p = problem(status, detail);
  const body = JSON.stringify(p);
  const head = [
    `HTTP/1.1 ${status} ${p.title}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
