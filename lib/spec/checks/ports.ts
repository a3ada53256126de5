import type { Family } from "../families";
import { portCollisions, portsOf, type PortUse } from "../ports";
import type { ClusterSpec, Ports, Problem } from "../spec";
import { checkPort } from "../validators";
import { error, errorIf } from "./problem";

/** Below it only root's own power binds, and our containers have dropped that. */
const FIRST_FREE_PORT = 1024;

export function checkPorts(ports: Ports): Problem[] {
  return Object.entries(ports).flatMap(([name, port]) =>
    errorIf(`ports.${name}`, checkPort(port as number) ?? unprivileged(port as number)),
  );
}

function unprivileged(port: number): string | undefined {
  if (port >= FIRST_FREE_PORT) return undefined;
  return `${port} is below ${FIRST_FREE_PORT}, where our containers may not listen; take a higher one, and redirect to it on the host`;
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

function beyondLast({ ports, mode }: ClusterSpec, family: Family): Problem[] {
  const processes = mode === "standalone" ? [family.standalone] : family.roles;
  const last = ports.milvusMetricsBase + Math.max(...processes.map((role) => role.metricsIndex));
  if (ports.milvusMetricsBase > 65535 || last <= 65535) return [];
  return [error("ports.milvusMetricsBase", `the last metrics port would be ${last}; choose a lower base`)];
}
