import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { isPeerCertificate } from "../../api/peer-certificate";
import type { Route } from "./route";

/** Whether a request may use a route. `tokenSha256`: of the token in force, hex. */
export function isAllowed(access: Route["access"], request: IncomingMessage, tokenSha256: string): boolean {
  if (access === "open" || hasPeerCertificate(request)) return true;
  return access === "member" && hasToken(request, tokenSha256);
}

/** What is missing, for the one who was refused. */
export function whatToSend(access: Route["access"]): string {
  return access === "peer"
    ? "only the cluster's own daemons may ask this: present a peer's certificate"
    : "send the cluster's bearer token, or present a peer's certificate";
}

/** The server asks for a certificate and trusts the cluster CA alone, so `authorized` says that it signed this one. */
function hasPeerCertificate(request: IncomingMessage): boolean {
  const socket = request.socket as TLSSocket;
  return socket.authorized === true && isPeerCertificate(socket.getPeerCertificate());
}

function hasToken(request: IncomingMessage, tokenSha256: string): boolean {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) return false;
  const given = createHash("sha256").update(token).digest();
  const known = Buffer.from(tokenSha256, "hex");
  return known.length === given.length && timingSafeEqual(known, given);
}
