import { everyone } from "../names-text";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";

/** Another version of Milvus may write metadata that the old one does not understand, and another etcd its database. */
export function backupStep({ from, to, unfinished }: Transition): ChangeStep[] {
  const images = (["milvus", "etcd"] as const).filter((name) =>
    [from, unfinished ?? from].some((spec) => spec.images[name] !== to.images[name]),
  );
  if (images.length === 0) return [];
  return [
    {
      name: "backup",
      kind: "backup",
      title: `take a snapshot of etcd, to be kept on ${everyone(from)}`,
      why: [],
      peers: from.peers.map(({ name }) => name),
      impact: UNNOTICED,
    },
  ];
}
