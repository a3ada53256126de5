import { planChange } from "../../../plan/change";
import { formSteps } from "../../../plan/form";
import { links } from "../../../plan/links";
import { summary } from "../../../plan/summary";
import { renderAll } from "../../../render";
import { compileSpec } from "../../../spec/compile";
import { hostPort } from "../../../spec/host";
import { MASKED } from "../../../spec/secrets";
import type { ClusterSpec, ClusterSpecInput, Problem } from "../../../spec/spec";
import {
  hasUnknown,
  UNKNOWN,
  type Diagnostics,
  type DraftModel,
  type PlanContext,
  type Value,
} from "../../framework";
import type { ClusterAttributes, ClusterModel } from "./schema";
import { refuseOtherSecrets } from "./secrets";
import { attributePath, SPEC_ATTRIBUTES, specInput, type SpecAttributes } from "./spec-input";

type Draft = DraftModel<ClusterAttributes>;

/** Checks the whole spec and says what will be done; a formed cluster takes trivial changes alone. */
export function planCluster(c: PlanContext<ClusterAttributes>): void {
  if (c.prior !== null) refuseOtherSecrets(c, c.prior);
  if (c.prior !== null && c.changed("token")) c.planned.context = UNKNOWN;
  const wanted = desired(c.planned);
  if (!wanted) return;
  const { problems, spec } = compileSpec(wanted.input);
  // Warnings are for the decision to form the cluster; later plans need not repeat them.
  const told = problems.filter(concerns(wanted)).filter((p) => p.severity === "error" || c.prior === null);
  report(c.diagnostics, told);
  if (!spec) return;
  if (c.prior === null) describe(c.planned, spec, wanted);
  else if (wanted.addressesKnown) refuseChanges(c.diagnostics, c.prior, spec);
}

interface Desired {
  readonly input: ClusterSpecInput;
  /** Else each unknown address has a stand-in, so that everything else is still checked. */
  readonly addressesKnown: boolean;
}

const STAND_IN = "unknown.invalid";

function desired(planned: Draft): Desired | undefined {
  if (planned.peers === UNKNOWN) return undefined;
  const addressesKnown = planned.peers.every((p) => p !== UNKNOWN && p.address !== UNKNOWN);
  const peers = planned.peers.map((p, i) => {
    if (p === UNKNOWN) return UNKNOWN;
    const { name, roles } = p;
    return { name, roles, address: p.address === UNKNOWN ? `peer-${i + 1}.${STAND_IN}` : p.address };
  });
  const relevant = SPEC_ATTRIBUTES.map((name) => (name === "peers" ? peers : planned[name]));
  if (hasUnknown(relevant as Value)) return undefined;
  return { input: specInput({ ...planned, peers } as SpecAttributes), addressesKnown };
}

/** A problem with a stand-in is nobody's. */
const concerns =
  ({ addressesKnown }: Desired) =>
  ({ path }: Problem): boolean =>
    addressesKnown || !/^peers(\[\d+\]\.address)?$/.test(path);

function describe(planned: Draft, spec: ClusterSpec, { addressesKnown }: Desired): void {
  planned.rollout = formSteps(spec).map((step) => step.title);
  planned.resilience = summary(spec);
  planned.links = links(spec);
  if (!addressesKnown) return;
  planned.rendered = renderAll(spec, MASKED);
  const endpoints = endpointsOf(spec);
  planned.endpoints = endpoints;
  planned.endpoint = endpoints[0] as string;
}

/** host:port of every peer's load balancer. */
export function endpointsOf(spec: ClusterSpec): string[] {
  return spec.peers.map(({ address }) => hostPort(address, spec.ports.lb));
}

/** What the daemons would have to carry out, and cannot yet. The daemon's image is each milvus_peer's own matter. */
function refuseChanges(diagnostics: Diagnostics, prior: ClusterModel, next: ClusterSpec): void {
  const { spec: current } = compileSpec(specInput(prior));
  if (!current) return;
  const images = { ...next.images, daemon: current.images.daemon };
  for (const { path, message } of planChange(current, { ...next, images }).refusals) {
    diagnostics.error("A formed cluster cannot be changed this way", `${message}.`, attributePath(path));
  }
}

function report(diagnostics: Diagnostics, problems: readonly Problem[]): void {
  for (const { severity, path, message } of problems) {
    diagnostics[severity](capitalised(message), undefined, attributePath(path));
  }
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
