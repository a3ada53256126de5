import type { Family } from "../families";
import type { ClusterSpecInput, Problem, QueueSpec } from "../spec";
import { didYouMean } from "../suggest";
import { checkWhole, error } from "./problem";

/** Least MiB with which Pulsar standalone starts. */
const MIN_PULSAR_MB = 256;

/** Whether a queue is given exactly where the line needs one. */
export function checkQueuePresence(input: ClusterSpecInput, family: Family): Problem[] {
  const given = input.queue !== undefined;
  if (family.queue && !given) {
    return [
      error(
        "queue",
        `Milvus ${family.line} needs a message queue; add a Pulsar singleton on one of the peers`,
      ),
    ];
  }
  if (!family.queue && given) {
    return [
      error(
        "queue",
        `Milvus ${family.line} keeps its log in the object store and uses no Pulsar; remove the queue`,
      ),
    ];
  }
  return [];
}

export function checkQueue(queue: QueueSpec, names: readonly string[]): Problem[] {
  const host = names.includes(queue.host)
    ? []
    : [error("queue.host", `"${queue.host}" is not a peer of this cluster${didYouMean(queue.host, names)}`)];
  return [
    ...host,
    ...checkWhole("queue.heapMb", queue.heapMb, MIN_PULSAR_MB),
    ...checkWhole("queue.directMemoryMb", queue.directMemoryMb, MIN_PULSAR_MB),
  ];
}
