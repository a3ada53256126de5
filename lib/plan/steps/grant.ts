import { minioOf } from "../../spec/pool";
import { sameOwnSecrets } from "../../spec/secrets";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";

/** Before any role knows the new secrets: while they are exchanged one by one, MinIO takes both users. */
export function grantStep(t: Transition): ChangeStep[] {
  if (!exchangesOwnSecrets(t) || !minioOf(t.to)) return [];
  return [
    {
      name: "grant",
      kind: "grant",
      title: "let Milvus' new user into its bucket of MinIO, beside the old one",
      why: [],
      peers: t.to.peers.map(({ name }) => name),
      impact: UNNOTICED,
    },
  ];
}

/** Whether the cluster's own secrets are, or may be, others than wanted. */
export function exchangesOwnSecrets({ from, to, unfinished }: Transition): boolean {
  return [from, unfinished ?? from].some((spec) => !sameOwnSecrets(spec, to));
}
