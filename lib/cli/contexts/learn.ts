import { DaemonClient, firstContact } from "../../api/client";
import { connectTcp } from "../../daemon/peers";
import { hostPort } from "../../spec/host";
import { parseEndpoint } from "../arguments";
import { UsageError } from "../exit";
import type { Context } from "./store";

/**
 * A context from one peer and a token. The token's pin says whether that peer's CA is the cluster's own before the token is sent
 * there; then the peer tells of the others.
 */
export async function learnContext(endpoint: string, token: string): Promise<Context> {
  const parsed = parseEndpoint(endpoint);
  if (!parsed)
    throw new UsageError(`${endpoint}: expected host:port of a peer's daemon, e.g. 10.0.0.11:19500`);
  const { host, port } = parsed;
  const connect = () => connectTcp(host, port);
  const caCertPem = await firstContact({ connect, token, peer: endpoint });
  const client = new DaemonClient({ caPem: caCertPem, servername: host, token, connect });
  const { peers } = await client.status();
  const others = peers.map(({ address }) => hostPort(address, port));
  return { endpoints: [...new Set([endpoint, ...others])], caCertPem, token };
}
