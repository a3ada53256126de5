import { pulsarHost } from "../spec/queue";
import type { ClusterSpec, Problem } from "../spec/spec";
import { refusal } from "./refusal";
import type { Transition } from "./transition";
import { turnover } from "./turnover";

const PATH = "queue.pulsarSingleton.host";

/** Peers other than the one that is wanted on which Pulsar is, or may be half-way through a change that has not ended. */
export function pulsarSources({
  from,
  to,
  unfinished,
}: Pick<Transition, "from" | "to" | "unfinished">): string[] {
  const hosts = [from, unfinished ?? from].flatMap((spec) => pulsarHost(spec) ?? []);
  return [...new Set(hosts)].filter((host) => host !== pulsarHost(to));
}

export function movesPulsar(t: Transition): boolean {
  return pulsarSources(t).length > 0;
}

/** What Pulsar holds is copied from one living peer to another one: both must be there all the while, with the same places for data. */
export function movedRefusals(from: ClusterSpec, to: ClusterSpec): Problem[] {
  const [before, after] = [pulsarHost(from), pulsarHost(to)];
  if (before === undefined || after === undefined || before === after) return [];
  const what = `cannot move Pulsar from ${before} to ${after}`;
  const { joined, left } = turnover([from.peers], to.peers);
  return [
    ...(joined.length + left.length > 0
      ? [refusal(PATH, `${what} while peers come or go`, "these are two changes, one after the other")]
      : []),
    ...(to.dataDirs.pulsar !== undefined
      ? [
          refusal(
            PATH,
            what,
            "dataDirs.pulsar is made ready on its host alone; moving it comes with a later release",
          ),
        ]
      : []),
  ];
}
