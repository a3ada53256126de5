import { DaemonClient } from "../api/client";
import { readConfig } from "../daemon/config";
import { connectTcp } from "../daemon/peers";

/** Client of the daemon on this host, with the peer's own certificate: only root can read its key. */
export async function localClient(): Promise<DaemonClient> {
  const { identity, tls } = await readConfig();
  return new DaemonClient({
    caPem: tls.ca,
    cert: tls.cert,
    key: tls.key,
    servername: identity.name,
    connect: () => connectTcp("127.0.0.1", identity.daemonPort),
  });
}
