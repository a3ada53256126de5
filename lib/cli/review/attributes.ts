import type { Drift } from "../../plan/drift";
import { SPEC_ATTRIBUTES } from "../../provider/resources/cluster/spec-input";
import type { ResourceChange } from "./plan-json";
import { memberOf, redact, seal, sensitiveTexts } from "./seal";

export type Values = Readonly<Record<string, unknown>>;

/** What a review may know of a cluster: nothing else of it gets any further. */
export interface ClusterChange {
  readonly address: string;
  readonly actions: readonly string[];
  readonly before?: Values;
  readonly after?: Values;
  /** As `after_unknown` of the plan. */
  readonly unknown: Values;
  /** Names of attributes with another value, but those that the provider computes. */
  readonly changed: readonly string[];
}

const COMPUTED = ["rollout", "drift", "resilience", "links", "rendered"] as const;
const SHOWN: readonly string[] = [...SPEC_ATTRIBUTES, ...COMPUTED, "deletion_protection", "on_destroy"];
const SEEN = ["id", "endpoint", "endpoints", "context", "leader", "generation", "status", ...COMPUTED];

export function clusterChange({ address, deposed, change }: ResourceChange): ClusterChange {
  const { actions, before, after } = change;
  const sides = [
    { values: shown(before), marks: shown(change.before_sensitive) ?? {} },
    { values: shown(after), marks: shown(change.after_sensitive) ?? {} },
  ] as const;
  const texts = sides.flatMap(({ values, marks }) => sensitiveTexts(values, marks));
  const [sealedBefore, sealedAfter] = sides.map(
    ({ values, marks }) => values && (redact(seal(values, marks), texts) as Values),
  );
  const unknown = (change.after_unknown ?? {}) as Values;
  return {
    address: deposed === undefined ? address : `${address} (deposed object ${deposed})`,
    ...{ actions, before: sealedBefore, after: sealedAfter, unknown },
    changed: before && after ? changedNames(before, after, unknown) : [],
  };
}

/** Without how to log in to the peers, which is nobody's matter here. */
function shown(values: unknown): Values | undefined {
  if (typeof values !== "object" || values === null) return undefined;
  const kept = Object.entries(values).filter(([name]) => SHOWN.includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, name === "peers" ? members(value) : value]));
}

function members(peers: unknown): unknown {
  if (!Array.isArray(peers)) return peers;
  return peers.map((peer: unknown) => {
    if (typeof peer !== "object" || peer === null) return peer;
    const { name, address, roles } = peer as Record<string, unknown>;
    return { name, address, roles: roles ?? null };
  });
}

function changedNames(before: Values, after: Values, unknown: Values): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after), ...Object.keys(unknown)])];
  return names
    .filter((name) => !SEEN.includes(name))
    .filter((name) => hasTrue(unknown[name]) || JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .sort();
}

/** Whether marks mark anything. */
export function hasTrue(marks: unknown): boolean {
  if (typeof marks !== "object" || marks === null) return marks === true;
  return Object.values(marks).some(hasTrue);
}

/** A list of texts, where it is one and all of it is known. */
export function lines(values: Values | undefined, name: string, unknown: Values = {}): string[] | undefined {
  const value = values?.[name];
  if (!Array.isArray(value) || hasTrue(unknown[name])) return undefined;
  return value.filter((line): line is string => typeof line === "string");
}

/** What was found to be otherwise on the peers before the change. */
export function drift({ before }: ClusterChange): readonly Drift[] {
  return (before?.drift ?? []) as readonly Drift[];
}

/** Texts by name, where they are and all of them are known. */
export function texts(values: Values | undefined, unknown: Values = {}): Map<string, string> | undefined {
  const rendered = values?.rendered;
  if (typeof rendered !== "object" || rendered === null || hasTrue(unknown.rendered)) return undefined;
  return new Map(
    Object.entries(rendered).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** Address of each peer by name, as the plan has it; undefined: not known yet. */
export function addressesOf(values: Values | undefined): Map<string, string | undefined> {
  const peers = Array.isArray(values?.peers) ? (values.peers as unknown[]) : [];
  return new Map(
    peers.map((peer) => {
      const address = memberOf(peer, "address");
      return [String(memberOf(peer, "name")), typeof address === "string" ? address : undefined];
    }),
  );
}
