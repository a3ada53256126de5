import { targetText } from "../../spec/backups";
import { everyone } from "../names-text";
import { UNNOTICED, type ChangeStep } from "../step";
import type { Transition } from "../transition";

/** Another version of Milvus may write metadata that the old one does not understand, and another etcd its database. */
export function backupStep({
  from,
  to,
  unfinished,
}: Pick<Transition, "from" | "to" | "unfinished">): ChangeStep[] {
  const images = (["milvus", "etcd"] as const).filter((name) =>
    [from, unfinished ?? from].some((spec) => spec.images[name] !== to.images[name]),
  );
  if (images.length === 0) return [];
  const snapshot = `take a snapshot of etcd, to be kept on ${everyone(from)}`;
  const data = to.control.backupBeforeUpgrade && images.includes("milvus");
  return [
    {
      name: "backup",
      kind: "backup",
      title: data ? `${snapshot}, and back up all data into ${targetText(from)}` : snapshot,
      why: [],
      peers: from.peers.map(({ name }) => name),
      ...(data ? { data } : {}),
      impact: data
        ? { ...UNNOTICED, detail: "collections that are not in memory are loaded while they are read" }
        : UNNOTICED,
    },
  ];
}
