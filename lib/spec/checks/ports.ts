import type { Family } from "../families";
import { portCollisions, portsOf, type PortUse } from "../ports";
import type { ClusterSpec, Ports, Problem } from "../spec";
import { checkPort } from "../validators";
import { error, errorIf } from "./problem";

export function checkPorts(ports: Ports): Problem[] {
  return Object.entries(ports).flatMap(([name, port]) => errorIf(`ports.${name}`, checkPort(port as number)));
}

/** Listeners of one peer that want the same port, or one beyond the last. */
export function checkCollisions(spec: ClusterSpec, family: Family): Problem[] {
  const seen = new Set<string>();
  return spec.peers
    .flatMap((peer) => portCollisions(portsOf(spec, peer.name, family)).map(collision))
    .concat(beyondLast(spec, family))
    .filter(({ message }) => !seen.has(message) && seen.add(message));
}

function collision([a, b]: [PortUse, PortUse]): Problem {
  const movable = b.path ?? a.path ?? "ports";
  const advice = `choose another port for ${b.path !== undefined ? b.owner : a.owner}`;
  return error(movable, `port ${b.port} is wanted by ${a.owner} and ${b.owner}; ${advice}`);
}

function beyondLast({ ports }: ClusterSpec, family: Family): Problem[] {
  const last = ports.milvusMetricsBase + Math.max(...family.roles.map((role) => role.metricsIndex));
  if (ports.milvusMetricsBase > 65535 || last <= 65535) return [];
  return [error("ports.milvusMetricsBase", `the last metrics port would be ${last}; choose a lower base`)];
}
