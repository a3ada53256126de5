import { peerServices } from "../../render";
import { peerOf } from "../../spec/host";
import type { ClusterSpec } from "../../spec/spec";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";
import { peersText } from "../names-text";

/** Images are there before anything stops. */
export function pullStep({ from, to, unfinished, touched, peers: { joined } }: Transition): ChangeStep[] {
  const specs = unfinished ? [from, unfinished] : [from];
  const exchanged = touched.flatMap(({ peer, service }) => {
    const { image } = peerServices(to, peerOf(to, peer))[service]!;
    return specs.some((spec) => imagesOn(spec, peer).includes(image)) ? [] : [{ peer, image }];
  });
  const fresh = joined.flatMap((peer) =>
    Object.values(peerServices(to, peer)).map(({ image }) => ({ peer: peer.name, image })),
  );
  const wanted = [...exchanged, ...fresh];
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

/** Those that a peer runs, if it is there: what only others run is not on its VM. */
function imagesOn(spec: ClusterSpec, peer: string): string[] {
  const found = spec.peers.find(({ name }) => name === peer);
  return found ? Object.values(peerServices(spec, found)).map(({ image }) => image) : [];
}
