import { createHash, randomBytes, timingSafeEqual, X509Certificate } from "node:crypto";

const PREFIX = "mop1";
const TOKEN = /^mop1\.[A-Za-z0-9_-]{43}\.([A-Za-z0-9_-]{43})$/;

/**
 * A new bearer token: `mop1.<256 random bits>.<SHA-256 of the CA certificate>`, both base64url. The second part lets whoever
 * holds a token check the CA that a peer shows before the token is sent there, so the first contact cannot be impersonated.
 */
export function newToken(caPem: string): string {
  return `${PREFIX}.${randomBytes(32).toString("base64url")}.${caPin(caPem)}`;
}

/** SHA-256 (hex) by which daemons know a token. */
export function tokenSha256(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Whether a CA certificate is the one that the token was made for. Throws when the token is no token. */
export function isPinned(token: string, caPem: string): boolean {
  const pin = TOKEN.exec(token)?.[1];
  if (pin === undefined) {
    throw new Error(`this is no token: it should look like "${PREFIX}.….…" and be passed whole`);
  }
  return timingSafeEqual(Buffer.from(pin), Buffer.from(caPin(caPem)));
}

function caPin(caPem: string): string {
  return createHash("sha256").update(new X509Certificate(caPem).raw).digest("base64url");
}
