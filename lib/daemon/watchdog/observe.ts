import type { Alert } from "../alerts/alert";
import { peerDown, peerUp, type PeerAt } from "../alerts/peer";

/** Ticks without an answer after which a peer is down. Issue: 3 of 10 s. */
export const DOWN_TICKS = 3;

/** What this peer has observed of another. */
export interface PeerPast {
  /** Looks in a row without an answer. */
  readonly missed: number;
  /** When it last answered, or when it was first looked for. */
  readonly answeredMs: number;
  /** Somebody has said that it is down: this peer, or whoever led when it went. */
  readonly announced: boolean;
}

export type PeerHistory = ReadonlyMap<string, PeerPast>;

export interface PeerLook {
  readonly nowMs: number;
  readonly peers: readonly PeerAt[];
  /** Names of those that answered. */
  readonly answered: ReadonlySet<string>;
  readonly leads: boolean;
  /** Nobody is to be told of a loss right now; one that lasts is told afterwards. */
  readonly quiet?: boolean;
  /** Who leads, as far as this peer knows. */
  readonly leader: string | undefined;
}

export interface PeerDecision {
  readonly history: PeerHistory;
  readonly alerts: readonly Alert[];
  /** Names of those that are down. */
  readonly down: readonly string[];
}

/**
 * Which peers are down, and what the leader says of it. Every peer observes, so that a new leader knows; it repeats no alert that
 * the one before has given, but gives the one of that leader's own loss. Pure.
 */
export function observe(history: PeerHistory, look: PeerLook): PeerDecision {
  const found = look.peers.map((peer) => observeOne(peer, history.get(peer.node), look));
  return {
    history: new Map(found.map((f) => [f.node, f.past])),
    alerts: found.flatMap((f) => f.alert ?? []),
    down: found.filter(({ past }) => past.missed >= DOWN_TICKS).map(({ node }) => node),
  };
}

interface Observation {
  readonly node: string;
  readonly past: PeerPast;
  readonly alert?: Alert;
}

function observeOne(peer: PeerAt, before: PeerPast | undefined, look: PeerLook): Observation {
  const past = before ?? { missed: 0, answeredMs: look.nowMs, announced: false };
  const { node } = peer;
  if (look.answered.has(node)) {
    const alert = past.announced && look.leads ? peerUp(peer, look.nowMs - past.answeredMs) : undefined;
    return { node, past: { missed: 0, answeredMs: look.nowMs, announced: false }, alert };
  }
  const missed = past.missed + 1;
  if (missed < DOWN_TICKS || past.announced || look.quiet) return { node, past: { ...past, missed } };
  const alert = look.leads ? peerDown(peer, missed, look.nowMs - past.answeredMs) : undefined;
  // Another leader observes the same within the tick; one that is itself the lost peer, or none, says nothing.
  const others = missed === DOWN_TICKS && look.leader !== undefined && look.leader !== node;
  return { node, past: { ...past, missed, announced: look.leads || others }, alert };
}
