import type { Duplex } from "node:stream";
import { isPinned } from "./token";
import { Transport } from "./transport";
import type { CaReply } from "./wire";

export interface FirstContactOptions {
  /** Opens a raw TCP stream to the daemon. */
  readonly connect: () => Promise<Duplex>;
  /** Token whose pin the CA must match. It is sent nowhere. */
  readonly token: string;
  /** How errors name the daemon. */
  readonly peer: string;
  /** @default 15000 */
  readonly timeoutMs?: number;
}

/**
 * The certificate of the cluster CA, from a daemon that nothing is known of yet: whoever answers is believed only when the
 * token's pin says that this CA is the one. Throws when it is another, and when the token is no token.
 */
export async function firstContact({
  connect,
  token,
  peer,
  timeoutMs,
}: FirstContactOptions): Promise<string> {
  const transport = new Transport({ connect, servername: peer });
  const text = await transport.text({ method: "GET", path: "/ca" }, timeoutMs ?? 15_000);
  const { certPem } = JSON.parse(text) as CaReply;
  if (isPinned(token, certPem)) return certPem;
  throw new Error(
    `${peer}: its CA is not the one that the token was made for: this is another cluster, or somebody in between. ` +
      "Nothing was sent there; check the address and the token",
  );
}
