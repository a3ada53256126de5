import { pulsarHost } from "../spec/queue";
import { sameSpec } from "../spec/same";
import type { ClusterSpec, PeerSpec, Problem } from "../spec/spec";
import { refusal } from "./refusal";
import type { Transition } from "./transition";
import { isSamePeer, staying, turnover } from "./turnover";

const PATH = "queue.pulsarSingleton.host";

type Ends = Pick<Transition, "from" | "to" | "unfinished">;

/** Peers other than the one that is wanted on which Pulsar is, or may be half-way through a change that has not ended. */
export function pulsarSources({ from, to, unfinished }: Ends): string[] {
  const hosts = [from, unfinished ?? from].flatMap((spec) => pulsarHost(spec) ?? []);
  return [...new Set(hosts)].filter((host) => host !== pulsarHost(to));
}

export function movesPulsar(t: Ends): boolean {
  return pulsarSources(t).length > 0;
}

/**
 * The host in force, where a change has it that its VM is lost for good: Pulsar begins empty on another one. The word alone is not
 * enough. The VM must leave in the same change, so that it has no place in the cluster if it lives after all.
 */
export function lostPulsarHost({ from, to }: Pick<Ends, "from" | "to">): PeerSpec | undefined {
  const host = pulsarHost(from);
  if (host === undefined || host !== namedLost(to) || host === pulsarHost(to)) return undefined;
  return turnover([from.peers], to.peers).left.find(({ name }) => name === host);
}

function namedLost({ queue }: ClusterSpec): string | undefined {
  return queue.kind === "pulsarSingleton" ? queue.lostHost : undefined;
}

/** The spec in force with Pulsar begun elsewhere, and nothing else of a change: the cluster serves again before that goes on. */
export function begunElsewhere({ from, to }: Pick<Ends, "from" | "to">): ClusterSpec {
  return { ...from, queue: to.queue };
}

/**
 * Whether a move that has stopped half-way is ended by giving up the old host, whose VM has died meanwhile: no copy would ever come,
 * and Pulsar could not go back either.
 */
export function givesUpMove(from: ClusterSpec, unfinished: ClusterSpec, to: ClusterSpec): boolean {
  const lost = lostPulsarHost({ from, to });
  if (lost === undefined || pulsarHost(unfinished) !== pulsarHost(to)) return false;
  const others = unfinished.peers.filter((peer) => !isSamePeer(peer, lost));
  const stay = others.every((peer) => to.peers.some((p) => isSamePeer(p, peer)));
  return stay && sameSpec({ ...unfinished, peers: to.peers, queue: to.queue }, to);
}

/** What Pulsar holds is copied from one living peer to another one: both must be there all the while, with the same places for data. */
export function movedRefusals(from: ClusterSpec, to: ClusterSpec): Problem[] {
  const [before, after] = [pulsarHost(from), pulsarHost(to)];
  if (before === undefined || after === undefined || before === after) return [];
  if (lostPulsarHost({ from, to }) !== undefined) return begunRefusals(from, to, after);
  const what = `cannot move Pulsar from ${before} to ${after}`;
  const { joined, left } = turnover([from.peers], to.peers);
  const reason = left.some(({ name }) => name === before)
    ? `what it holds is on ${before} alone, so it moves first; if that VM is lost for good with its disk, ${lostWord(before)} says so, and gives it up`
    : "these are two changes, one after the other";
  return [
    ...(joined.length + left.length > 0
      ? [refusal(PATH, `${what} while peers come or go`, reason)]
      : namedLost(to) === before
        ? [refusal("queue.pulsarSingleton.lostHost", `cannot give up ${before} and keep its VM`, KEEPS)]
        : []),
    ...otherPlace(to, what),
  ];
}

const KEEPS =
  "it could come back with its old Pulsar; remove the peer in the same change, or have another VM take its place (terraform apply -replace, or another address)";

/** Says that a VM is lost for good, as an operator writes it. */
export function lostWord(host: string): string {
  return `queue.pulsarSingleton.lostHost: "${host}"`;
}

function begunRefusals(from: ClusterSpec, to: ClusterSpec, after: string): Problem[] {
  const what = `cannot begin Pulsar on ${after}`;
  return [
    ...(staying(from, to).some(({ name }) => name === after)
      ? []
      : [
          refusal(
            PATH,
            what,
            "Milvus must serve again before other peers come; choose one that is there and stays",
          ),
        ]),
    ...otherPlace(to, what),
  ];
}

function otherPlace({ dataDirs }: ClusterSpec, what: string): Problem[] {
  if (dataDirs.pulsar === undefined) return [];
  const reason = "dataDirs.pulsar is made ready on its host alone; moving it comes with a later release";
  return [refusal(PATH, what, reason)];
}
