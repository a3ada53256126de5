import type { Family } from "../families";
import { CLIENT_TLS, type ClusterSpec, type FirewallSpec, type Problem } from "../spec";
import { checkNetwork } from "../validators";
import { checkOneOf, error, errorIf, warning } from "./problem";

export function checkSecurity({ security, mode }: ClusterSpec, family: Family | undefined): Problem[] {
  const { authentication, internalTls, firewall } = security;
  return [
    ...errorIf("security.clientTls", checkOneOf(security.clientTls, CLIENT_TLS)),
    ...(authentication
      ? []
      : [
          warning(
            "security.authentication",
            "whoever reaches the client port reads and writes everything; leave authentication on",
          ),
        ]),
    ...(internalTls && family && !family.internalTls
      ? [
          error(
            "security.internalTls",
            `Milvus ${family.line} has no TLS among its roles; use 2.5 or later, or a network of their own`,
          ),
        ]
      : []),
    ...(internalTls && mode === "standalone"
      ? [
          error(
            "security.internalTls",
            "a standalone process talks to nobody of its kind; remove internalTls",
          ),
        ]
      : []),
    ...(firewall ? checkFirewall(firewall) : []),
  ];
}

function checkFirewall({ clients, operators }: FirewallSpec): Problem[] {
  const nobody =
    clients.length === 0
      ? [
          error(
            "security.firewall.clients",
            "no network may reach the load balancer; name one, such as 10.0.0.0/8",
          ),
        ]
      : [];
  const networks = (path: string, list: readonly string[]): Problem[] =>
    list.flatMap((network, i) => errorIf(`security.firewall.${path}[${i}]`, checkNetwork(network)));
  return [...nobody, ...networks("clients", clients), ...networks("operators", operators)];
}
