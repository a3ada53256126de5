import { UNKNOWN, type DraftModel, type Value } from "../../provider/framework";
import { desired } from "../../provider/resources/cluster/desired";
import type { ClusterAttributes } from "../../provider/resources/cluster/schema";
import { SPEC_ATTRIBUTES } from "../../provider/resources/cluster/spec-input";
import { markIn } from "../../spec/secrets";
import type { ClusterSpec, Problem } from "../../spec/spec";
import { addressesOf, type ClusterChange, type Values } from "./attributes";
import { memberOf, SEALED } from "./seal";

/** What the two sides of a change are, as far as that can be told. */
export interface Specs {
  readonly before?: ClusterSpec;
  readonly after?: ClusterSpec;
  /** What is said of the wanted one. */
  readonly problems: readonly Problem[];
  /** Peers whose address is not known yet. */
  readonly unknownAddresses: readonly string[];
}

export function specsOf({ before, after, unknown }: ClusterChange): Specs {
  const wanted = after && specOf(after, unknown, addressesOf(before));
  const ids = idsOf(before, {});
  // One whose address is to come is taken to stay where it is.
  const others = [...idsOf(after, unknown)].filter(
    ([name, id]) => ids.has(name) && ids.get(name) !== id && !wanted?.unknownAddresses.includes(name),
  );
  return {
    before: before && specOf(before, {}, new Map()).spec,
    after: wanted?.spec && withOthers(wanted.spec, new Set(others.map(([name]) => name))),
    problems: wanted?.problems ?? [],
    unknownAddresses: wanted?.unknownAddresses ?? [],
  };
}

/** Ids of the milvus_peers by the names of the peers; undefined where they are yet to come. */
function idsOf(values: Values | undefined, unknown: Values): Map<string, string | undefined> {
  const peers = Array.isArray(values?.peers) ? (values.peers as Record<string, unknown>[]) : [];
  const idOf = ({ peer_id }: Record<string, unknown>, i: number): string | undefined =>
    memberOf(memberOf(unknown.peers, String(i)), "peer_id") === true ? undefined : String(peer_id);
  return new Map(peers.map((peer, i) => [String(peer.name), idOf(peer, i)]));
}

/** Those are other VMs than before, be it at the same address. */
function withOthers(spec: ClusterSpec, names: ReadonlySet<string>): ClusterSpec {
  const peers = spec.peers.map((peer) => (names.has(peer.name) ? { ...peer, instance: "another" } : peer));
  return { ...spec, peers };
}

interface Told {
  readonly spec?: ClusterSpec;
  readonly problems: readonly Problem[];
  readonly unknownAddresses: readonly string[];
}

/** Addresses that are not known are taken to stay what they are; where they are new, the provider's own stand-ins are. */
function specOf(values: Values, unknown: Values, known: ReadonlyMap<string, string | undefined>): Told {
  const draft = draftOf(values, unknown);
  const peers = Array.isArray(draft.peers) ? (draft.peers as Record<string, unknown>[]) : [];
  const open = peers
    .filter((_, i) => memberOf(memberOf(unknown.peers, String(i)), "address") === true)
    .map(({ name }) => String(name));
  const addressed = peers.map((peer) =>
    isUnknown(peer) ? peer : { ...peer, address: addressOf(peer, known) },
  );
  const planned = { ...draft, ...(Array.isArray(draft.peers) ? { peers: addressed } : {}) };
  // Of secrets themselves a review knows nothing; the files tell which of them are wanted.
  const outsideSecrets = markIn(JSON.stringify(values.rendered ?? ""));
  const wanted = desired(planned as unknown as DraftModel<ClusterAttributes>, { outsideSecrets });
  const { spec, problems } = wanted?.results.find((result) => result.spec) ?? { problems: [] };
  // A problem with a stand-in is nobody's.
  const concerns = ({ path }: Problem): boolean =>
    wanted?.addressesKnown !== false || !/^peers\[\d+\]\.address$/.test(path);
  return { spec, unknownAddresses: open, problems: problems.filter(concerns) };
}

const isUnknown = (value: unknown): boolean => value === UNKNOWN;

function addressOf(
  { name, address }: Record<string, unknown>,
  known: ReadonlyMap<string, string | undefined>,
): unknown {
  if (!isUnknown(address)) return address;
  const before = known.get(String(name));
  return before === undefined || before === SEALED ? UNKNOWN : before;
}

/** What decides about the cluster, as the provider sees it while planning. What is sensitive counts as not known, or not there. */
function draftOf(values: Values, unknown: Values): Record<string, Value> {
  const draft: Record<string, Value> = {};
  for (const name of SPEC_ATTRIBUTES) draft[name] = withUnknown(values[name] ?? null, unknown[name]);
  const { config } = draft;
  if (typeof config === "object" && config !== null)
    draft.config = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== SEALED));
  return draft;
}

function withUnknown(value: unknown, unknown: unknown): Value {
  if (unknown === true) return UNKNOWN;
  if (Array.isArray(value)) return value.map((item, i) => withUnknown(item, memberOf(unknown, String(i))));
  if (typeof value !== "object" || value === null) return value as Value;
  const names = new Set([...Object.keys(value), ...Object.keys(unknown ?? {})]);
  const members = [...names].map((name): [string, Value] => {
    const member = withUnknown(memberOf(value, name), memberOf(unknown, name));
    return [name, name === "address" && member === SEALED ? UNKNOWN : member];
  });
  return Object.fromEntries(members);
}
