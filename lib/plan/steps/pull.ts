import { peerServices } from "../../render";
import { peerOf } from "../../spec/host";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";

/** Images are there before anything stops. */
export function pullStep({ from, to, unfinished, touched }: Transition): ChangeStep[] {
  const known = new Set(
    Object.values((unfinished ? [from, unfinished] : [from]).map(({ images }) => images)).flatMap((i) =>
      Object.values(i),
    ),
  );
  const wanted = touched.flatMap(({ peer, service }) => {
    const { image } = peerServices(to, peerOf(to, peer))[service]!;
    return known.has(image) ? [] : [{ peer, image }];
  });
  if (wanted.length === 0) return [];
  const peers = to.peers.map(({ name }) => name).filter((name) => wanted.some(({ peer }) => peer === name));
  const images = [...new Set(wanted.map(({ image }) => image))];
  return [
    {
      name: "pull",
      kind: "pull",
      title: `pull ${images.join(" and ")} on ${peers.join(", ")}, before anything stops`,
      why: [],
      peers,
      impact: UNNOTICED,
    },
  ];
}
