import type { ContextExport } from "../../../api/context";
import { DEFAULT_PORTS } from "../../../spec/defaults";
import { hostPort } from "../../../spec/host";
import type { ClusterModel } from "./schema";

/** What the CLI needs to ask the daemons directly, as JSON. Holds the token. */
export function contextOf(
  m: Pick<ClusterModel, "name" | "peers" | "ports" | "ca_cert_pem" | "token">,
): string {
  const port = m.ports?.daemon ?? DEFAULT_PORTS.daemon;
  const context: ContextExport = {
    name: m.name,
    endpoints: m.peers.map(({ address }) => hostPort(address, port)),
    caCertPem: m.ca_cert_pem,
    token: m.token,
  };
  return JSON.stringify(context);
}
