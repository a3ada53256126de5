import { minioOf } from "../../spec/pool";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";
import { exchangesOwnSecrets } from "./grant";

/** Once nothing of the cluster knows the old secrets any more. Milvus' root has one password at a time. */
export function revokeStep(t: Transition): ChangeStep[] {
  if (!exchangesOwnSecrets(t)) return [];
  const { authentication } = t.to.security;
  const parts = [
    ...(authentication ? ["give Milvus' root its new password"] : []),
    ...(minioOf(t.to) ? ["remove Milvus' old user from MinIO"] : []),
  ];
  if (parts.length === 0) return [];
  return [
    {
      name: "revoke",
      kind: "revoke",
      title: parts.join(", and "),
      why: [],
      peers: t.to.peers.map(({ name }) => name),
      impact: authentication ? { ...UNNOTICED, detail: ROOT } : UNNOTICED,
      irreversible: "the old secrets: another exchange makes new ones",
    },
  ];
}

const ROOT =
  "who is root in Milvus is refused with the old password from then on; other users notice nothing";
