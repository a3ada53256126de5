import { portsOf } from "../spec/ports";
import type { ClusterSpec, FirewallSpec, PeerSpec } from "../spec/spec";
import { isIPv6 } from "../spec/validators";

export const NFTABLES_CONF = "nftables.conf";

/** Filters before the host's own tables do, so that what they let in cannot reach past ours. */
const PRIORITY = -10;

/**
 * Ruleset that closes our ports to everybody but the peers, clients and operators; all other ports are the host's own matter.
 * It is a table of its own, so loading it anew replaces it as a whole and touches nothing else. Loopback stays open.
 */
export function nftablesConf(spec: ClusterSpec, peer: PeerSpec, firewall: FirewallSpec): string {
  return `#!/usr/sbin/nft -f
define ours = { ${ourPorts(spec, peer).join(", ")} }

table inet milvus_onprem
delete table inet milvus_onprem

table inet milvus_onprem {
  chain input {
    type filter hook input priority ${PRIORITY}; policy accept;
    tcp dport != $ours accept
    iif lo accept
    ct state established,related accept
${accepts(spec, firewall)}
    tcp dport $ours counter drop
  }
}
`;
}

function ourPorts(spec: ClusterSpec, peer: PeerSpec): number[] {
  const ports = portsOf(spec, peer.name).map(({ port }) => port);
  return [...new Set(ports)].sort((a, b) => a - b);
}

function accepts(spec: ClusterSpec, { clients, operators }: FirewallSpec): string {
  const peers = spec.peers.map(({ address }) => address);
  const { ports, security } = spec;
  const forClients = [ports.lb, ...(security.clientTls === "off" ? [] : [ports.milvusRest])];
  return [
    ...from(peers, "accept"),
    ...from(clients, `tcp dport { ${forClients.join(", ")} } accept`),
    ...from(operators, `tcp dport ${ports.daemon} accept`),
  ]
    .map((rule) => `    ${rule}`)
    .join("\n");
}

/** One rule for each family of addresses; host names are looked up once, when the ruleset is loaded. */
function from(sources: readonly string[], rule: string): string[] {
  const address = (source: string): string => source.split("/")[0]!;
  const v6 = sources.filter((source) => isIPv6(address(source)));
  const v4 = sources.filter((source) => !isIPv6(address(source)));
  return [
    ...(v4.length > 0 ? [`ip saddr { ${v4.join(", ")} } ${rule}`] : []),
    ...(v6.length > 0 ? [`ip6 saddr { ${v6.join(", ")} } ${rule}`] : []),
  ];
}
