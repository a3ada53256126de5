import { awayPulsarHost } from "../moved";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";

/** Nothing is changed in a cluster that is not whole: it would have no failure to spare. */
export function checkStep(t: Transition): ChangeStep {
  const away = awayPulsarHost(t)?.name;
  const others = away === undefined ? "" : ` but ${away}`;
  return {
    name: "check",
    kind: "check",
    title: `see that every peer${others} and component is healthy, and that reads and writes work`,
    why: [],
    peers: t.to.peers.map(({ name }) => name).filter((name) => name !== away),
    impact: UNNOTICED,
  };
}
