/**
 * Checks of single values. Each returns what is wrong and what is allowed, or undefined.
 * `compileSpec` calls them all; constructs call them for values that are known at synth.
 */

const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const HOST_LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** A DNS label (RFC 1123): names of clusters and peers become host names and etcd member names. */
export function checkName(name: string): string | undefined {
  if (LABEL.test(name) && name.length <= 63) return undefined;
  return `"${name}" is not a DNS label: use 1 to 63 of a-z, 0-9 and "-", with a letter or digit at both ends`;
}

/** An IPv4 or IPv6 address, or a DNS name; not a network, and not one that names no single host. */
export function checkAddress(address: string): string | undefined {
  if (address.includes("/")) return `"${address}" is a network, not the address of a host; leave out "/…"`;
  const ip = isIPv4(address) || isIPv6(address);
  if (!ip && !isHostName(address)) return `"${address}" is neither an IP address nor a DNS name`;
  const kind = ip ? unusableKind(address) : undefined;
  return kind && `"${address}" is ${kind} address; give the one at which the other peers reach this peer`;
}

/** Whether only the host itself can reach the address: of use for trying things out, not for a cluster. */
export function isLoopback(address: string): boolean {
  if (isIPv6(address)) return /^[0:]*:0*1$/.test(address);
  return address === "localhost" || (isIPv4(address) && address.startsWith("127."));
}

/** How often something was exchanged, and once more. */
export function checkGeneration(generation: number): string | undefined {
  if (Number.isInteger(generation) && generation >= 1) return undefined;
  return `${generation} is not a generation: use a whole number from 1 up`;
}

export function checkPort(port: number): string | undefined {
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return undefined;
  return `${port} is not a port: use a whole number from 1 to 65535`;
}

/** An absolute directory of the host that is not the root and needs no quoting anywhere. */
export function checkDataRoot(path: string): string | undefined {
  if (!path.startsWith("/")) return `"${path}" is not an absolute path; start it with "/"`;
  if (path.split("/").filter(Boolean).length === 0)
    return `"/" cannot hold the data; name a directory of its own`;
  if (/\/\.{0,2}(\/|$)/.test(path))
    return `"${path}" has empty, "." or ".." parts or a "/" at its end; leave them out`;
  if (!/^[A-Za-z0-9._/-]+$/.test(path)) {
    return `"${path}" has characters other than letters, digits and "._-/"; choose a plain path`;
  }
  return undefined;
}

/** An S3 bucket name, by the rules that MinIO applies. */
export function checkBucket(bucket: string): string | undefined {
  const plain = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) && !/\.\.|\.-|-\./.test(bucket);
  if (plain && !isIPv4(bucket)) return undefined;
  return `"${bucket}" is not a bucket name: use 3 to 63 of a-z, 0-9, "." and "-", with a letter or digit at both ends`;
}

/** An image reference with a tag or a digest, so that a cluster does not change by itself. */
export function checkImage(image: string): string | undefined {
  const match = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/i.exec(
    image,
  );
  if (!match)
    return `"${image}" is not an image reference; an example is "registry.example:5000/team/image:1.2.3"`;
  if (match[3] === undefined && match[4] === undefined && !/^[^/]+:\d+$/.test(image)) {
    return `"${image}" names neither tag nor digest; add one, such as ":1.2.3"`;
  }
  return undefined;
}

/** `host` or `host:port`, without scheme and path. */
export function checkRegistry(registry: string): string | undefined {
  const match = /^([^/:]+)(?::(\d+))?(\/[a-z0-9._/-]+)?$/.exec(registry);
  if (match && (isIPv4(match[1]!) || isHostName(match[1]!)) && (!match[2] || !checkPort(Number(match[2]))))
    return undefined;
  return `"${registry}" is not a registry: use "host", "host:port" or "host:port/prefix", without "https://"`;
}

export function isIPv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) <= 255);
}

export function isIPv6(text: string): boolean {
  if (!/^[0-9a-fA-F:]+(\d+\.\d+\.\d+\.\d+)?$/.test(text) || !text.includes(":")) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const width = groups.reduce((sum, group) => sum + (isIPv4(group) ? 2 : 1), 0);
  const plain = groups.every(
    (g, i) => /^[0-9a-fA-F]{1,4}$/.test(g) || (i === groups.length - 1 && isIPv4(g)),
  );
  return plain && (halves.length === 2 ? width <= 7 : width === 8);
}

export function isIp(text: string): boolean {
  return isIPv4(text) || isIPv6(text);
}

function isHostName(text: string): boolean {
  const labels = text.split(".");
  return text.length <= 253 && labels.every((l) => HOST_LABEL.test(l)) && !/^\d+$/.test(labels.at(-1)!);
}

function unusableKind(ip: string): string | undefined {
  if (/^0\.|^[0:]*$/.test(ip)) return "the unspecified";
  if (/^(22[4-9]|23\d)\.|^ff/i.test(ip)) return "a multicast";
  if (/^fe[89ab]/i.test(ip)) return "a link-local";
  return undefined;
}

/** `host:port`; an IPv6 address in brackets. */
export function checkHostPort(text: string): string | undefined {
  const [, ipv6, name, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/\s]+)):(\d+)$/.exec(text) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined) return `"${text}" is not host:port`;
  return checkAddress(host) ?? checkPort(Number(port));
}

/** A network in CIDR notation. */
export function checkNetwork(text: string): string | undefined {
  const [address = "", bits = "", ...more] = text.split("/");
  const widest = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  if (more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= widest) return undefined;
  return `"${text}" is not a network; write an address and its prefix length, such as 10.0.0.0/8`;
}

/** One certificate or more, PEM; whether it is a good one is for the TLS library to say. */
export function checkCertificate(pem: string): string | undefined {
  if (pem.includes("PRIVATE KEY")) return "it holds a private key; give the certificate alone";
  if (/^\s*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/.test(pem))
    return undefined;
  return "it is not a certificate in PEM";
}

/** The URL of a webhook; the message never shows it, for it may carry a key. */
export function checkWebhookUrl(url: string): string | undefined {
  if (/^https?:\/\/[^\s/?#]+([/?#]\S*)?$/.test(url) && url.length <= 2048) return undefined;
  return "it is not the URL of a webhook: it should start with https:// or http:// and a host name";
}

/** The URL of a proxy; the message never shows it, for it may carry a password. */
export function checkProxyUrl(url: string): string | undefined {
  if (/^https?:\/\/[^\s/?#]+\/?$/.test(url) && url.length <= 2048) return undefined;
  return "it is not the URL of a proxy: it should look like http://host:port or http://user:password@host:port, with special characters in user and password as %XX";
}
