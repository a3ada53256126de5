import { canonicalJson } from "../spec/canonical";
import { hostPort } from "../spec/host";
import { isEmbedded } from "../spec/queue";
import type { ClusterSpec, PeerSpec, Problem, S3Storage } from "../spec/spec";
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
  [/^storage\.s3/, "moving what is stored comes with a later release"],
  [
    /^storage/,
    "a MinIO pool keeps its hosts, drives and parity for life; further pools come with a later release",
  ],
  [/^queue\.pulsarSingleton\.host$/, "moving Pulsar would lose what it holds"],
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

/** All but the peers, with storage and queue as an input has them: a refusal's path is that of an attribute. */
function rest({ storage, queue, ...spec }: ClusterSpec): object {
  const { kind, ...settings } = queue;
  return {
    ...{ ...spec, peers: [] },
    storage: storage.kind === "s3" ? outside(storage) : { ...storage, kind: undefined },
    queue: isEmbedded(kind) ? { embedded: kind } : { [kind]: settings },
  };
}

function outside({ bucket, host, port, tls, ...s3 }: S3Storage): object {
  const endpoint = `${tls ? "https" : "http"}://${hostPort(host, port)}`;
  return { bucket, s3: { ...s3, kind: undefined, endpoint } };
}

/** Peers by name: a list that only lost its first member is one removal, not a change of every member. */
function peerChanges(current: readonly PeerSpec[], desired: readonly PeerSpec[]): Problem[] {
  const removed = current.filter((peer) => !desired.some((d) => d.name === peer.name));
  const changed = desired.flatMap((peer, i) => {
    const before = current.find((c) => c.name === peer.name);
    if (!before) return [refusal(`peers[${i}]`, `cannot add peer "${peer.name}" to a formed cluster`)];
    return (["address", "roles"] as const).flatMap((field) =>
      canonicalJson(before[field]) === canonicalJson(peer[field])
        ? []
        : [
            refusal(
              `peers[${i}].${field}`,
              changes(`${field} of "${peer.name}"`, before[field], peer[field]),
            ),
          ],
    );
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
