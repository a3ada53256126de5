import { pulsarFailover } from "../spec/queue";
import type { ClusterSpec, PeerSpec } from "../spec/spec";
import { peerServices } from "./compose";

/** What a peer's containers are made of, and that of the Pulsar that may begin there when no registry is at hand. */
export function peerImages(spec: ClusterSpec, peer: PeerSpec): string[] {
  const own = Object.values(peerServices(spec, peer)).map(({ image }) => image);
  const standby = pulsarFailover(spec)?.host === peer.name ? [spec.images.pulsar] : [];
  return [...new Set([...own, ...standby])];
}
