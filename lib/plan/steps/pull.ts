import { peerServices } from "../../render";
import { peerOf } from "../../spec/host";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";
import { namesText } from "../names-text";

/** Images are there before anything stops. */
export function pullStep({ from, to, unfinished, touched, peers: { joined } }: Transition): ChangeStep[] {
  const specs = unfinished ? [from, unfinished] : [from];
  const known = new Set(specs.flatMap(({ images }) => Object.values(images)));
  const exchanged = touched.flatMap(({ peer, service }) => {
    const { image } = peerServices(to, peerOf(to, peer))[service]!;
    return known.has(image) ? [] : [{ peer, image }];
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
      title: `pull ${images.join(" and ")} on ${namesText(peers)}, before anything stops`,
      why: [],
      peers,
      impact: UNNOTICED,
    },
  ];
}
