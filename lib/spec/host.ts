import type { ClusterSpec, PeerSpec } from "./spec";
import { isIp, isIPv6 } from "./validators";

/**
 * Name by which a peer appears in URLs inside the cluster: its own name, which every container maps to its address; or
 * its address when that is a DNS name, which cannot be mapped.
 */
export function hostOf(peer: PeerSpec): string {
  return isIp(peer.address) ? peer.name : peer.address;
}

/** `address:port`, with the brackets that an IPv6 address needs. */
export function hostPort(address: string, port: number): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

/** Where clients of Milvus connect: `https://` in front says that the port speaks TLS. */
export function clientAddress(spec: Pick<ClusterSpec, "security">, address: string, port: number): string {
  return `${spec.security.clientTls === "off" ? "" : "https://"}${hostPort(address, port)}`;
}

/** In the order in which a peer asks them: itself first, the nearest. */
export function ownFirst<P extends { readonly name: string }>(peers: readonly P[], self: string): P[] {
  return [...peers].sort((a, b) => Number(b.name === self) - Number(a.name === self));
}

/** The peer of that name. Throws when there is none: the spec was not made by compileSpec. */
export function peerOf(spec: Pick<ClusterSpec, "peers" | "name">, name: string): PeerSpec {
  const peer = spec.peers.find((p) => p.name === name);
  if (!peer) throw new Error(`cluster "${spec.name}" has no peer "${name}"`);
  return peer;
}
