import { differences } from "../../../plan/differences";
import { compileSpec } from "../../../spec/compile";
import { inputOf } from "../../../spec/input";
import { sameSpec, withDaemonOf, withoutInstances } from "../../../spec/same";
import type { ClusterSpec, ClusterSpecInput } from "../../../spec/spec";
import { findFamily } from "../../../spec/version";
import type { Value } from "../../framework";
import { unmanaged, type PeerReference } from "../peer-reference";
import type { ClusterModel } from "./schema";
import { SPEC_ATTRIBUTES, specInput } from "./spec-input";

/** What a state says of its cluster, brought up to what is in force there, and what it had missed. */
export interface Followed {
  readonly state: ClusterModel;
  /** A clause a difference; empty where the state was right. */
  readonly missed: readonly string[];
}

/**
 * There is more than one way to ask for the same: an attribute that does already stays as it is, so that a plan shows the others
 * alone. A version that this release does not know is left to the one that has made it. Which secrets a state has is not for others
 * to say.
 */
export function follow(state: ClusterModel, found: ClusterSpec): Followed {
  const known = compileSpec(specInput(state)).spec;
  const inForce = { ...withoutInstances(found), secrets: known?.secrets };
  if ((known && sameSpec(known, inForce)) || !findFamily(inForce.version)) return { state, missed: [] };
  const spec = known ? withDaemonOf(inForce, known) : inForce;
  const names = ["registry", ...SPEC_ATTRIBUTES.filter((name) => name !== "peers")] as const;
  const followed = names.reduce<ClusterModel>(
    (found, name) => ifItAsksFor(spec, { ...found, [name]: state[name] }, found),
    { ...state, ...specAttributes(inputOf(spec)), peers: peersOf(spec, state.peers) },
  );
  return { state: withDefaults(followed, state.peers, spec), missed: known ? differences(known, spec) : [] };
}

/** The attributes that ask for an input: what specInput makes an input of, backwards. */
export function specAttributes(input: ClusterSpecInput): Partial<ClusterModel> {
  const { config, ...others } = input;
  const given = {
    ...(snakeKeys({
      ...others,
      peers: undefined,
      outsideSecrets: undefined,
      backupSecrets: undefined,
    }) as object),
    config: config && mapOfText(config),
  };
  const all = Object.fromEntries(SPEC_ATTRIBUTES.map((name) => [name, null]));
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...all, ...Object.fromEntries(set) } as Partial<ClusterModel>;
}

function ifItAsksFor(spec: ClusterSpec, candidate: ClusterModel, otherwise: ClusterModel): ClusterModel {
  const asked = compileSpec(specInput(candidate)).spec;
  return asked && sameSpec(asked, spec) ? candidate : otherwise;
}

/** Those that the state knows keep their logins. */
function peersOf(spec: ClusterSpec, known: readonly PeerReference[]): PeerReference[] {
  return inputOf(spec).peers.map((peer) => {
    const own = known.find(({ name }) => name === peer.name) ?? unmanaged(peer.name, peer.address);
    return { ...own, ...DEFAULTS, ...(snakeKeys(peer) as object) };
  });
}

/** What a peer is where nothing is said of it. */
const DEFAULTS = { roles: null } as const;

/** All roles may be asked for by naming them, or by naming none. */
function withDefaults(found: ClusterModel, known: readonly PeerReference[], spec: ClusterSpec): ClusterModel {
  const peers = found.peers.map((peer) => {
    const own = known.find(({ name }) => name === peer.name);
    const said = Object.keys(DEFAULTS).map((name) => [name, own?.[name as keyof typeof DEFAULTS]]);
    return own ? { ...peer, ...(Object.fromEntries(said) as object) } : peer;
  });
  return ifItAsksFor(spec, { ...found, peers }, found);
}

function snakeKeys(value: unknown): Value | undefined {
  if (Array.isArray(value)) return value.map((item) => snakeKeys(item) as Value);
  if (typeof value !== "object" || value === null) return value as Value | undefined;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => [
      name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
      snakeKeys(member) as Value,
    ]),
  );
}

function mapOfText(record: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, String(value)]));
}
