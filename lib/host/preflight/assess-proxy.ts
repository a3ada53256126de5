import { isDirect, isPrivate, splitHostPort } from "../no-proxy";
import type { HostFacts } from "./facts";
import { warning, type Finding } from "./finding";
import type { Requirements } from "./requirements";
import { hostOf } from "./script";

/** Proxies that would be asked for what is in the peers' own network. */
export function assessProxy({ docker }: HostFacts, r: Requirements): Finding[] {
  return [...registries(docker.proxy, r), ...containers(docker.containerProxy, r)];
}

function registries(proxy: HostFacts["docker"]["proxy"], r: Requirements): Finding[] {
  if (proxy === undefined) return [];
  const near = (host: string): boolean => isPrivate(host) || peersOf(r).includes(host);
  return (r.registries ?? [])
    .filter((registry) => {
      const { host, port } = splitHostPort(registry);
      return near(host) && !isDirect(host, port ?? 443, proxy.noProxy);
    })
    .map((registry) =>
      warning(
        "registry-proxy",
        `Docker would ask a proxy for registry ${registry}`,
        `the engine pulls through ${proxy.https || proxy.http}, and its NO_PROXY (${proxy.noProxy || "empty"}) lacks this address of a private network`,
        `Add ${splitHostPort(registry).host} to NO_PROXY of the engine (systemctl edit docker, or "proxies" in /etc/docker/daemon.json), and restart it`,
      ),
    );
}

function containers(proxy: HostFacts["docker"]["containerProxy"], r: Requirements): Finding[] {
  const through = proxy ? peersOf(r).filter((host) => !isDirect(host, undefined, proxy.noProxy)) : [];
  if (through.length === 0) return [];
  return [
    warning(
      "container-proxy",
      "Docker gives containers a proxy that they would ask for other peers",
      `"proxies" in root's .docker/config.json has no noProxy for ${through.join(", ")}`,
      'Add the addresses of all peers to "noProxy" there, or remove "proxies"',
    ),
  ];
}

/** Addresses of this peer and of the others, each once. */
function peersOf(r: Requirements): string[] {
  return [...new Set([...(r.address === undefined ? [] : [r.address]), ...r.reachability.map(hostOf)])];
}
