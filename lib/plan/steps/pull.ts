import { peerImages } from "../../render";
import type { ClusterSpec } from "../../spec/spec";
import { awayPulsarHost } from "../moved";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";
import { peersText } from "../names-text";

/** Images are there before anything stops. */
export function pullStep(t: Transition): ChangeStep[] {
  const {
    from,
    to,
    unfinished,
    peers: { joined },
  } = t;
  const specs = unfinished ? [from, unfinished] : [from];
  const away = awayPulsarHost(t)?.name;
  const wanted = to.peers.flatMap((peer) => {
    const isThere = (image: string): boolean =>
      !joined.includes(peer) && specs.some((spec) => imagesOn(spec, peer.name).includes(image));
    const missing = peer.name === away ? [] : peerImages(to, peer).filter((image) => !isThere(image));
    return missing.map((image) => ({ peer: peer.name, image }));
  });
  if (wanted.length === 0) return [];
  const peers = to.peers.map(({ name }) => name).filter((name) => wanted.some(({ peer }) => peer === name));
  const images = [...new Set(wanted.map(({ image }) => image))];
  return [
    {
      name: "pull",
      kind: "pull",
      title: `pull ${images.join(" and ")} on ${peersText(peers, to)}, before anything stops`,
      why: [],
      peers,
      impact: UNNOTICED,
    },
  ];
}

/** Those of a peer, if it is there: what only others run is not on its VM. */
function imagesOn(spec: ClusterSpec, peer: string): string[] {
  const found = spec.peers.find(({ name }) => name === peer);
  return found ? peerImages(spec, found) : [];
}
