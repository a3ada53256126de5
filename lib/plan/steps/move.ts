import { pulsarHost } from "../../spec/queue";
import { lostPulsarHost, pulsarSources } from "../moved";
import type { ChangeStep } from "../step";
import type { Transition } from "../transition";

/**
 * What Pulsar holds goes along: Milvus' positions in it stay valid, and what was acknowledged and is in it alone is not lost. Milvus
 * reaches it at the same loopback address as before, so none of its roles starts anew.
 */
export function moveSteps(t: Transition): ChangeStep[] {
  const [sources, target] = [pulsarSources(t), pulsarHost(t.to)];
  if (sources.length === 0 || target === undefined || lostPulsarHost(t) !== undefined) return [];
  const from = sources.join(" or ");
  return [
    {
      name: "move pulsar",
      kind: "movePulsar",
      title:
        `move Pulsar from ${from} to ${target}: stop it, copy all that it holds, start it there, ` +
        "and have nginx of every peer lead to it",
      why: sources.map((source) => `queue.pulsarSingleton.host: ${source} → ${target}`),
      peers: t.to.peers.map(({ name }) => name),
      service: "pulsar",
      impact: {
        reads: "stall",
        writes: "stop",
        detail:
          "no write is accepted, and reads that are not eventually consistent wait, while its data is copied and until it is back, " +
          "some 30 to 120 s more than the copy takes; " +
          "nothing that was acknowledged is lost",
      },
    },
  ];
}
