import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";
import { everyone } from "../names-text";

/** The same test that `milvus-onprem smoke` makes. */
export function verifyStep({ to }: Transition): ChangeStep {
  const peers = to.peers.map(({ name }) => name);
  return {
    name: "verify",
    kind: "verify",
    title: `test inserts and searches through the load balancers of ${everyone(to)}`,
    why: [],
    peers,
    impact: UNNOTICED,
  };
}
