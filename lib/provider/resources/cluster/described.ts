import { links } from "../../../plan/links";
import { summary } from "../../../plan/summary";
import { renderAll } from "../../../render";
import { hostPort } from "../../../spec/host";
import { masked } from "../../../spec/secrets";
import type { ClusterSpec } from "../../../spec/spec";
import type { ClusterModel } from "./schema";

type Described = Pick<ClusterModel, "drift" | "endpoint" | "endpoints" | "resilience" | "links" | "rendered">;

/** What follows from a spec alone, where every peer is as it says. */
export function described(spec: ClusterSpec): Described {
  const endpoints = endpointsOf(spec);
  return {
    ...{ endpoint: endpoints[0]!, endpoints, resilience: summary(spec), links: links(spec), drift: [] },
    rendered: renderAll(spec, masked(spec)),
  };
}

/** host:port of every peer's load balancer. */
export function endpointsOf(spec: ClusterSpec): string[] {
  return spec.peers.map(({ address }) => hostPort(address, spec.ports.lb));
}
