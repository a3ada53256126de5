import { BlockList, isIP } from "node:net";

/**
 * Whether NO_PROXY has a host asked directly, by the rules that Docker goes by (golang.org/x/net/http/httpproxy, Config):
 * addresses, networks, and names that cover what is below them, each with or without a port; loopback always.
 */
export function isDirect(host: string, port: number | undefined, noProxy: string): boolean {
  if (host === "localhost" || holds(LOOPBACK, host)) return true;
  const entries = noProxy.split(",").map((entry) => entry.trim().toLowerCase());
  return entries.some((entry) => entry !== "" && covers(entry, host.toLowerCase(), port));
}

/** Addresses of private networks (RFC 1918, 6598, 3927, 2544, 4193, 4291), and names without a dot: no proxy need know them. */
export function isPrivate(host: string): boolean {
  return isIP(host) === 0 ? !host.includes(".") : holds(PRIVATE, host);
}

/** "host", "host:port", "[IPv6]:port" or a bare IPv6 address. */
export function splitHostPort(text: string): { host: string; port?: number } {
  const match = isIP(text) === 6 ? null : /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text);
  const port = match?.[3];
  return { host: match?.[1] ?? match?.[2] ?? text, port: port === undefined ? undefined : Number(port) };
}

function covers(entry: string, host: string, port: number | undefined): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return inNetwork(entry, host);
  const wanted = splitHostPort(entry);
  if (wanted.port !== undefined && wanted.port !== port) return false;
  if (isIP(wanted.host) > 0) return holds(listOf(wanted.host), host);
  const name = wanted.host.replace(/^\*\./, ".");
  return name.startsWith(".") ? host.endsWith(name) : host === name || host.endsWith(`.${name}`);
}

function inNetwork(entry: string, host: string): boolean {
  const [address = "", bits = ""] = entry.split("/");
  const most = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || !/^\d+$/.test(bits) || Number(bits) > most) return false;
  return holds(listOf(entry), host);
}

function holds(list: BlockList, host: string): boolean {
  return isIP(host) > 0 && list.check(host, kindOf(host));
}

function kindOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

function listOf(...networks: string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    if (bits === undefined) list.addAddress(address, kindOf(address));
    else list.addSubnet(address, Number(bits), kindOf(address));
  }
  return list;
}

const LOOPBACK = listOf("127.0.0.0/8", "::1");
const PRIVATE = listOf(
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "198.18.0.0/15"],
  ...["fc00::/7", "fe80::/10"],
);
