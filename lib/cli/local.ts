import { DaemonClient } from "../api/client";
import { readConfig } from "../daemon/config";
import { connectTcp } from "../daemon/peers";
import { Cluster } from "./cluster";

/** The cluster of the peer that this is, by the peer's own certificate: only root can read its key. */
export async function localCluster(configDir?: string): Promise<Cluster> {
  const { identity, tls } = await readConfig(configDir);
  const connect = () => connectTcp("127.0.0.1", identity.daemonPort);
  const client = new DaemonClient({
    caPem: tls.ca,
    cert: tls.cert,
    key: tls.key,
    servername: identity.name,
    connect,
    connectTo: connectTcp,
  });
  const { dataRoot } = identity;
  return new Cluster({ name: "this peer", caPem: tls.ca, dataRoot, daemons: [{ client, connect }] });
}
