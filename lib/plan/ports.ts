import { portsOf } from "../spec/ports";
import { sameSpec } from "../spec/same";
import type { ClusterSpec, Ports, Problem } from "../spec/spec";
import { refusal } from "./refusal";
import type { Transition } from "./transition";

/** Ports by which containers find each other, that of the load balancer aside: nginx opens that one by itself. */
const JOINT = [
  ...["milvus", "milvusRest", "milvusMetricsBase", "minio", "minioConsole", "minioLocal"],
  ...["pulsar", "pulsarHttp"],
] as readonly (keyof Ports)[];

type Ends = Pick<Transition, "from" | "to" | "unfinished">;

/** Ports that differ, or may do so half-way through a change that has not ended: "ports.milvus: 19530 → 19531". */
export function movedPorts({ from, to, unfinished }: Ends): string[] {
  const differ = (start: ClusterSpec): string[] =>
    JOINT.flatMap((name) => {
      const [before, after] = [start.ports[name], to.ports[name]];
      return before === after ? [] : [`ports.${name}: ${before} → ${after}`];
    });
  return [...new Set([from, unfinished ?? from].flatMap(differ))];
}

/** Ports that a peer listens on after a change, and does not before. */
export function newPorts({ from, to, unfinished }: Ends, peer: string): number[] {
  const before = [from, unfinished ?? from].flatMap((spec) => portsOf(spec, peer).map(({ port }) => port));
  const after = portsOf(to, peer).map(({ port }) => port);
  return [...new Set(after)].filter((port) => !before.includes(port));
}

/** All containers that know a port must stop before the first one starts with another: nothing that is to go step by step goes along. */
export function portRefusals(from: ClusterSpec, to: ClusterSpec): Problem[] {
  if (movedPorts({ from, to }).length === 0 || sameSpec({ ...from, ports: to.ports }, to)) return [];
  return [refusal("ports", "cannot move ports and change more at once", "move the ports first, or last")];
}
