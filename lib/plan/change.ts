import { canonicalJson } from "../spec/canonical";
import type { ClusterSpec, PeerSpec, Problem } from "../spec/spec";
import type { FormStep } from "./form";

/** What it takes to bring a formed cluster to another spec. */
export interface Change {
  /** In the order in which they run; empty when nothing changes. */
  readonly steps: readonly FormStep[];
  /** Differences that cannot be applied; with any of them nothing is. */
  readonly refusals: readonly Problem[];
}

/** Why an attribute of a formed cluster stays as it is. Attributes that no entry names fall to the last one. */
const REASONS: readonly (readonly [path: RegExp, reason: string])[] = [
  [/^name$/, "the name is part of etcd's bootstrap"],
  [/^version$/, "rolling upgrades come with a later release"],
  [/^peers/, "adding, removing and moving peers comes with a later release"],
  [
    /^storage/,
    "a MinIO pool keeps its hosts, drives and parity for life; further pools come with a later release",
  ],
  [/^queue\.host$/, "moving Pulsar would lose what it holds"],
  [/^dataRoot$/, "moving the data comes with a later release"],
  [/^/, "rolling changes of settings come with a later release"],
];

/**
 * The steps from one spec to another. In this release a formed cluster takes no change: each difference is refused by
 * its path while planning, so that nothing is applied in part.
 */
export function planChange(current: ClusterSpec, desired: ClusterSpec): Change {
  const refusals = [
    ...peerChanges(current.peers, desired.peers),
    ...differences(rest(current), rest(desired)),
  ];
  return { steps: [], refusals };
}

function rest(spec: ClusterSpec): object {
  return { ...spec, peers: [] };
}

/** Peers by name: a list that only lost its first member is one removal, not a change of every member. */
function peerChanges(current: readonly PeerSpec[], desired: readonly PeerSpec[]): Problem[] {
  const removed = current.filter((peer) => !desired.some((d) => d.name === peer.name));
  const changed = desired.flatMap((peer, i) => {
    const before = current.find((c) => c.name === peer.name);
    if (!before) return [refusal(`peers[${i}]`, `cannot add peer "${peer.name}" to a formed cluster`)];
    if (before.address === peer.address) return [];
    return [
      refusal(`peers[${i}].address`, changes(`address of "${peer.name}"`, before.address, peer.address)),
    ];
  });
  const problems = [
    ...removed.map((peer) => refusal("peers", `cannot remove peer "${peer.name}" from a formed cluster`)),
    ...changed,
  ];
  const reordered = canonicalJson(current) !== canonicalJson(desired) && problems.length === 0;
  return reordered
    ? [refusal("peers", "cannot reorder the peers of a formed cluster: MinIO knows its drives by order")]
    : problems;
}

function differences(current: unknown, desired: unknown, path = ""): Problem[] {
  if (canonicalJson(current ?? null) === canonicalJson(desired ?? null)) return [];
  if (!isRecord(current) || !isRecord(desired)) return [refusal(path, changes(path, current, desired))];
  const keys = [...new Set([...Object.keys(current), ...Object.keys(desired)])].sort();
  return keys.flatMap((key) => differences(current[key], desired[key], member(path, key)));
}

function member(path: string, key: string): string {
  if (path === "config") return `config["${key}"]`;
  return path === "" ? key : `${path}.${key}`;
}

function changes(what: string, from: unknown, to: unknown): string {
  return `cannot change ${what} of a formed cluster from ${show(from)} to ${show(to)}`;
}

function show(value: unknown): string {
  return value === undefined ? "its default" : JSON.stringify(value);
}

function refusal(path: string, what: string): Problem {
  const reason = REASONS.find(([pattern]) => pattern.test(path))![1];
  return { severity: "error", path, message: `${what}: ${reason}; put the old value back` };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
