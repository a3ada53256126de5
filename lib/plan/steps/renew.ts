import { endingCertificates } from "../drift";
import { peersText } from "../names-text";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";

/** Certificates that come to their end. Nobody notices: all but Milvus read them again, and Milvus' roles are started anew later. */
export function renewStep({ to, drift }: Transition): ChangeStep[] {
  const found = endingCertificates(drift).filter(({ peer }) => to.peers.some(({ name }) => name === peer));
  if (found.length === 0) return [];
  const peers = to.peers.map(({ name }) => name).filter((name) => found.some(({ peer }) => peer === name));
  return [
    {
      name: "renew certificates",
      kind: "renew",
      title: `renew the certificates of ${peersText(peers, to)} (${found[0]!.found}${peers.length > 1 ? " and later" : ""})`,
      why: found.map(({ peer, found: until }) => `${peer}: ${until}`),
      peers,
      impact: UNNOTICED,
    },
  ];
}
