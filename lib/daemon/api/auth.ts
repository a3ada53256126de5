import { createHash, timingSafeEqual } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { FastifyRequest } from "fastify";

/** Routes that anybody may read. */
const OPEN = new Set(["/health", "/version"]);

/** Whether a request comes from the holder of the bearer token or of a certificate that the cluster CA signed. */
export function isAllowed(request: FastifyRequest, tokenSha256: string): boolean {
  return isOpen(request) || hasPeerCertificate(request) || hasToken(request, tokenSha256);
}

function isOpen(request: FastifyRequest): boolean {
  return request.method === "GET" && OPEN.has(request.routeOptions.url ?? "");
}

/** The server asks for a certificate and trusts the cluster CA alone, so `authorized` says that it signed this one. */
function hasPeerCertificate(request: FastifyRequest): boolean {
  return (request.raw.socket as Partial<TLSSocket>).authorized === true;
}

function hasToken(request: FastifyRequest, tokenSha256: string): boolean {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) return false;
  const given = createHash("sha256").update(token).digest();
  const known = Buffer.from(tokenSha256, "hex");
  return known.length === given.length && timingSafeEqual(known, given);
}
