import { pulsarFailover, pulsarHost } from "../spec/queue";
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
 * The host in force, where a change has it that its VM is lost: Pulsar begins empty on another one. The word alone is not enough. The
 * VM must leave in the same change, so that it has no place in the cluster if it lives after all, or it must not run Pulsar by itself
 * when it comes back.
 */
export function lostPulsarHost({ from, to }: Pick<Ends, "from" | "to">): PeerSpec | undefined {
  const host = pulsarHost(from);
  if (host === undefined || host !== namedLost(to) || host === pulsarHost(to)) return undefined;
  const gone = turnover([from.peers], to.peers).left.find(({ name }) => name === host);
  return gone ?? (pulsarFailover(from) && from.peers.find(({ name }) => name === host));
}

/** The lost host, where it keeps its place: nothing can be done on it until it is back, and then it goes by what has become of it. */
export function awayPulsarHost(t: Pick<Ends, "from" | "to">): PeerSpec | undefined {
  const lost = lostPulsarHost(t);
  return lost && t.to.peers.find((peer) => isSamePeer(peer, lost));
}

/** What a cluster whose Pulsar may begin elsewhere by itself goes to then; that happens once, and a person says what comes next. */
export function failedOver(spec: ClusterSpec): ClusterSpec | undefined {
  const { queue } = spec;
  if (queue.kind !== "pulsarSingleton" || queue.failover === undefined) return undefined;
  const { failover, host: lostHost, ...settings } = queue;
  return { ...spec, queue: { ...settings, host: failover.host, lostHost } };
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
  "it could come back with its old Pulsar, unless queue.pulsarSingleton.failover was in force before; remove the peer in the same change, or have another VM take its place (terraform apply -replace, or another address)";

/** Says that a VM is lost for good, as an operator writes it. */
export function lostWord(host: string): string {
  return `queue.pulsarSingleton.lostHost: "${host}"`;
}

function begunRefusals(from: ClusterSpec, to: ClusterSpec, after: string): Problem[] {
  const what = `cannot begin Pulsar on ${after}`;
  return [
    ...moreThanAway(from, to, what),
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

/** No part of anything else could be done on a host that is away and stays a peer. */
function moreThanAway(from: ClusterSpec, to: ClusterSpec, what: string): Problem[] {
  const away = awayPulsarHost({ from, to });
  if (away === undefined || sameSpec(begunElsewhere({ from, to }), to)) return [];
  return [
    refusal(
      PATH,
      `${what} and change more while ${away.name} is away`,
      "begin it first, and change the rest after that",
    ),
  ];
}

function otherPlace({ dataDirs }: ClusterSpec, what: string): Problem[] {
  if (dataDirs.pulsar === undefined) return [];
  const reason = "dataDirs.pulsar is made ready on its host alone; moving it comes with a later release";
  return [refusal(PATH, what, reason)];
}
