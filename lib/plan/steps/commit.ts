import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";

/** Until then the cluster's spec is the old one, and a peer that returns goes by that. */
export function commitStep({ to }: Transition): ChangeStep {
  return {
    name: "commit",
    kind: "commit",
    title: "record the new spec as the one in force",
    why: [],
    peers: to.peers.map(({ name }) => name),
    impact: UNNOTICED,
  };
}
