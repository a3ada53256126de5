import { compileSpec } from "../../../spec/compile";
import type { ClusterSpecInput, CompileResult } from "../../../spec/spec";
import { hasUnknown, UNKNOWN, type DraftModel, type Value } from "../../framework";
import type { ClusterAttributes } from "./schema";
import type { SecretMarks } from "./secrets";
import { SPEC_ATTRIBUTES, specInput, type SpecAttributes } from "./spec-input";

/** What a plan wants of the cluster, as far as that is known. */
export interface Desired {
  readonly input: ClusterSpecInput;
  /** One, or one for each kind of address that those may turn out to be that are not known yet. */
  readonly results: readonly [CompileResult, ...CompileResult[]];
  readonly addressesKnown: boolean;
}

/**
 * Stand for addresses that are not known yet, so that everything else is still checked. MinIO knows hosts by the names of the
 * peers where addresses are IPs, else by these, and lays drives out otherwise when they count up by one.
 */
const STAND_INS: readonly [StandIn, ...StandIn[]] = [
  (i) => `2001:db8::${(i + 1).toString(16)}`,
  (i) => `peer-${i + 1}.unknown.invalid`,
  (i) => `peer-${"x".repeat(i + 1)}.unknown.invalid`,
];

type StandIn = (i: number) => string;
type Draft = DraftModel<ClusterAttributes>;

/** Undefined while more than addresses of peers is unknown. `marks`: of the secrets that are wanted. */
export function desired(planned: Draft, marks: SecretMarks): Desired | undefined {
  const { peers } = planned;
  if (peers === UNKNOWN || peers.some((p) => p === UNKNOWN)) return undefined;
  const addressesKnown = peers.every((p) => p !== UNKNOWN && p.address !== UNKNOWN);
  const [first, ...others] = STAND_INS;
  const inputFor = (standIn: StandIn): ClusterSpecInput | undefined => {
    const found = inputWith(planned, standIn);
    return found && { ...found, ...marks };
  };
  const input = inputFor(first);
  if (!input) return undefined;
  const alternatives = addressesKnown ? [] : others.map((standIn) => inputFor(standIn)!);
  return { input, results: [compileSpec(input), ...alternatives.map(compileSpec)], addressesKnown };
}

function inputWith(planned: Draft, standIn: StandIn): ClusterSpecInput | undefined {
  const members = planned.peers as Exclude<Draft["peers"], typeof UNKNOWN>;
  const peers = members.map((p, i) => {
    if (p === UNKNOWN) return UNKNOWN;
    const { name, roles, address } = p;
    return { name, roles, address: address === UNKNOWN ? standIn(i) : address };
  });
  const draft = { ...planned, peers };
  if (hasUnknown(SPEC_ATTRIBUTES.map((name) => draft[name]) as Value)) return undefined;
  return specInput(draft as SpecAttributes);
}
