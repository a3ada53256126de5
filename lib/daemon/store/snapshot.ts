import type { z } from "zod";
import type { ClusterKeys } from "../keys";
import type { KeyedValue } from "../ports/store";
import type { Parser } from "./parse";
import type { Snapshot, Versioned } from "./records";
import { committedSpec, jobRecord, peerRecord, stopRecord, tokenRecord, unfinishedChange } from "./schemas";

/** What the entries below a cluster's prefix say at one revision. */
export function snapshotOf(
  keys: ClusterKeys,
  entries: ReadonlyMap<string, KeyedValue>,
  revision: string,
  parser: Parser,
): Snapshot {
  const one = <T>(key: string, schema: z.ZodType<T>): Versioned<T> | undefined => {
    const entry = entries.get(key);
    return entry && parser.parse(entry, schema);
  };
  const below = <T>(prefix: string, schema: z.ZodType<T>): Map<string, Versioned<T>> => {
    const found = [...entries.values()].filter((e) => e.key.startsWith(prefix));
    const parsed = found.map((e) => [e.key.slice(prefix.length), parser.parse(e, schema)] as const);
    return new Map(parsed.filter((p): p is [string, Versioned<T>] => p[1] !== undefined));
  };
  const [leader, pulsar] = [entries.get(keys.leader), entries.get(keys.pulsar)];
  return {
    revision,
    leader: leader && { peer: leader.value, term: leader.createRevision },
    spec: one(keys.spec, committedSpec),
    change: one(keys.change, unfinishedChange),
    stopped: one(keys.stopped, stopRecord),
    pulsar,
    token: one(keys.token, tokenRecord),
    peers: below(keys.peers, peerRecord),
    jobs: below(keys.jobs, jobRecord),
  };
}
