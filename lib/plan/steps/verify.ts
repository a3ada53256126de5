import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";
import { awayPulsarHost } from "../moved";
import { peersText } from "../names-text";

/** The same test that `milvus-onprem smoke` makes. */
export function verifyStep(t: Transition): ChangeStep {
  const { to } = t;
  const away = awayPulsarHost(t)?.name;
  const peers = to.peers.map(({ name }) => name).filter((name) => name !== away);
  return {
    name: "verify",
    kind: "verify",
    title: `test inserts and searches through the load balancers of ${peersText(peers, to)}`,
    why: [],
    peers,
    impact: UNNOTICED,
  };
}
