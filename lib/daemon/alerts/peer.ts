import { seconds, type Alert } from "./alert";

export interface PeerAt {
  readonly node: string;
  readonly ip: string;
}

export function peerDown({ node, ip }: PeerAt, ticks: number, downMs: number): Alert {
  return {
    name: "PEER_DOWN_ALERT",
    severity: "critical",
    fields: { node, ip, ticks, down_for: seconds(downMs) },
    summary: `${node} (${ip}) has not answered for ${seconds(downMs)}`,
    sinceMs: downMs,
  };
}

export function peerUp({ node, ip }: PeerAt, wasDownMs: number): Alert {
  return {
    name: "PEER_UP_ALERT",
    severity: "info",
    fields: { node, ip, was_down: seconds(wasDownMs) },
    summary: `${node} (${ip}) answers again after ${seconds(wasDownMs)}`,
    sinceMs: wasDownMs,
    resolves: "PEER_DOWN_ALERT",
  };
}
