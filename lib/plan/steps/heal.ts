import { minioPeers } from "../../spec/pool";
import { peersText } from "../names-text";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";
import { takesPlace } from "../turnover";

/** New drives are empty: until they hold their part, the loss of another VM could cost data. The change ends when they do. */
export function healStep({ to, peers: { joined, left } }: Transition): ChangeStep[] {
  const pools = minioPeers(to).map(({ name }) => name);
  const peers = joined
    .filter((peer) => takesPlace(peer, left) && pools.includes(peer.name))
    .map(({ name }) => name);
  if (peers.length === 0) return [];
  return [
    {
      name: "heal",
      kind: "heal",
      title: `have MinIO rebuild what the new drives of ${peersText(peers, to)} lack`,
      why: [],
      peers,
      impact: UNNOTICED,
    },
  ];
}
