import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";

/** Nothing is changed in a cluster that is not whole: it would have no failure to spare. */
export function checkStep({ to }: Transition): ChangeStep {
  return {
    name: "check",
    kind: "check",
    title: "see that every peer and component is healthy, and that reads and writes work",
    why: [],
    peers: to.peers.map(({ name }) => name),
    impact: UNNOTICED,
  };
}
