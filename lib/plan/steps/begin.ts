import { rolesIn } from "../../spec/roles";
import { pulsarHost } from "../../spec/queue";
import { awayPulsarHost, lostPulsarHost, lostWord } from "../moved";
import type { ChangeStep } from "../step";
import type { Transition } from "../transition";
import { staying } from "../turnover";

/**
 * Before peers come or go, for each of those steps ends with reads and writes. Milvus' roles start anew all at once: none of them
 * comes back to a Pulsar that has forgotten its topics.
 */
export function beginSteps(t: Transition): ChangeStep[] {
  const [lost, target] = [lostPulsarHost(t), pulsarHost(t.to)];
  if (lost === undefined || target === undefined) return [];
  const away = awayPulsarHost(t)?.name;
  return [
    {
      name: "begin pulsar",
      kind: "beginPulsar",
      title:
        `begin Pulsar empty on ${target}, in place of the lost ${lost.name} (${lost.address}): stop Milvus' roles, ` +
        "set their positions to its beginning, start it there, and start them again",
      why: [`queue.pulsarSingleton.host: ${lost.name} → ${target}`, lostWord(lost.name)],
      peers: staying(t.from, t.to)
        .map(({ name }) => name)
        .filter((name) => name !== away),
      services: rolesIn(t.to).map(({ name }) => name),
      impact: {
        reads: "stop",
        writes: "stop",
        detail: "all roles of Milvus start anew, some 60 to 120 s, and load their collections again",
      },
      irreversible: `what was acknowledged, and was in the Pulsar of ${lost.name} alone`,
    },
  ];
}
