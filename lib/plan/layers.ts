import { rolesIn } from "../spec/roles";
import type { ClusterSpec } from "../spec/spec";

/** Components that stop, or start, at the same time on all peers. */
export interface Layer {
  readonly name: string;
  readonly services: readonly string[];
}

/** What Milvus stands on, but etcd. nginx is part of it: the roles reach MinIO and Pulsar through it. */
const FOUNDATIONS: Layer = { name: "foundations", services: ["minio", "pulsar", "nginx"] };

/** Clients are turned away first; data nodes write what they hold while coordinators can still take note of it. */
export function stopLayers(spec: ClusterSpec): Layer[] {
  const roles = rolesIn(spec);
  const names = (chosen: typeof roles): string[] => chosen.map(({ name }) => name);
  const proxies = roles.filter(({ name }) => name === "proxy");
  const coordinators = roles.filter(({ activeStandby }) => activeStandby.length > 0);
  const nodes = roles.filter((role) => !proxies.includes(role) && !coordinators.includes(role));
  const layers = [
    { name: "proxies", services: names(proxies) },
    { name: "nodes", services: names(nodes) },
    { name: "coordinators", services: names(coordinators) },
    FOUNDATIONS,
  ];
  return layers.filter(({ services }) => services.length > 0);
}

/** A cold start is all at once: roles wait for each other by themselves. */
export function startLayers(spec: ClusterSpec): Layer[] {
  return [FOUNDATIONS, { name: "milvus", services: rolesIn(spec).map(({ name }) => name) }];
}
