import { erasureLayout, type ErasureLayout } from "../spec/erasure";
import { poolShape } from "../spec/pool";
import type { ClusterSpec } from "../spec/spec";

/** What a layout survives, in numbers. */
export interface Resilience {
  /** etcd members that may be lost; the fewest of all limits decides for the cluster. */
  readonly etcdLost: number;
  /** Peers that may be lost, whichever they are, while every object can be read. */
  readonly storageLostForReads: number;
  readonly storageLostForWrites: number;
  /** Share of the raw capacity of the pool that holds data, 0 to 1. */
  readonly usableShare: number;
  /** Peer without which no write is accepted; undefined when there is no such peer. */
  readonly writesNeed: string | undefined;
}

/** Layout of the spec's wide pool. Throws on one that MinIO refuses: the spec was not made by compileSpec. */
export function poolLayout(spec: ClusterSpec): ErasureLayout {
  const layout = erasureLayout(poolShape(spec));
  if (typeof layout === "string") throw new Error(layout);
  return layout;
}

export function resilience(spec: ClusterSpec): Resilience {
  const layout = poolLayout(spec);
  return {
    etcdLost: Math.floor((spec.peers.length - 1) / 2),
    storageLostForReads: layout.hostsLostForReads,
    storageLostForWrites: layout.hostsLostForWrites,
    usableShare: layout.usableShare,
    writesNeed: spec.queue.kind === "pulsarSingleton" ? spec.queue.host : undefined,
  };
}

/** What the layout survives, one line a layer, for a plan. */
export function summary(spec: ClusterSpec): string[] {
  const r = resilience(spec);
  const { sets, setSize, parity } = poolLayout(spec);
  const percent = Math.round(r.usableShare * 100);
  const lines = [
    `etcd: ${count(spec.peers.length, "member")}, survives the loss of ${r.etcdLost}`,
    `MinIO: ${count(sets, "erasure set")} of ${setSize} drives, parity ${parity}, ${percent}% of the raw capacity usable; ` +
      `survives the loss of ${count(r.storageLostForReads, "peer")} for reads, ${r.storageLostForWrites} for writes`,
  ];
  if (r.writesNeed === undefined) return lines;
  return [...lines, `Pulsar: one, on ${r.writesNeed}; while that peer is away no write is accepted`];
}

/** "1 peer", "2 peers". */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
