import type { Family } from "../families";
import { minioOf } from "../pool";
import { pulsarHost } from "../queue";
import { roleNames } from "../roles";
import {
  COMPONENTS,
  type ClusterSpec,
  type Component,
  type Limits,
  type Problem,
  type RoleName,
} from "../spec";
import { didYouMean } from "../suggest";
import { checkWhole, error } from "./problem";

/** Below this no component starts. */
const MIN_MEMORY_MB = 64;
/** What a JVM takes beside heap and direct memory: code, threads, metaspace. */
const JVM_OVERHEAD_MB = 192;
const MIN_CPUS = 0.1;

export function checkResources(spec: ClusterSpec, family: Family): Problem[] {
  const present = componentsOf(spec, family);
  return Object.entries(spec.resources).flatMap(([name, limits]) => {
    const path = `resources.${name}`;
    if (!(COMPONENTS as readonly string[]).includes(name))
      return [error(path, `there is no component "${name}"${didYouMean(name, COMPONENTS)}`)];
    if (!present.has(name as Component))
      return [
        error(path, `nothing in this cluster is limited by "${name}"; it has ${[...present].join(", ")}`),
      ];
    return [...checkLimits(path, limits), ...(name === "pulsar" ? pulsarMemory(path, limits, spec) : [])];
  });
}

/** What runs somewhere in the cluster. */
function componentsOf(spec: ClusterSpec, family: Family): Set<Component> {
  const has = (role: RoleName): boolean => spec.peers.some((peer) => peer.roles.includes(role));
  const roles = spec.mode === "standalone" ? (["standalone"] as const) : roleNames(family).filter(has);
  return new Set<Component>([
    ...roles,
    "etcd",
    ...(minioOf(spec) ? (["minio"] as const) : []),
    ...(pulsarHost(spec) === undefined ? [] : (["pulsar"] as const)),
    "nginx",
  ]);
}

function checkLimits(path: string, { memoryMb, cpus }: Limits): Problem[] {
  return [
    ...(memoryMb === undefined ? [] : checkWhole(`${path}.memoryMb`, memoryMb, MIN_MEMORY_MB)),
    ...(cpus === undefined || (Number.isFinite(cpus) && cpus >= MIN_CPUS)
      ? []
      : [error(`${path}.cpus`, `${cpus} is not a number of CPUs of at least ${MIN_CPUS}`)]),
  ];
}

function pulsarMemory(path: string, { memoryMb }: Limits, { queue }: ClusterSpec): Problem[] {
  if (memoryMb === undefined || queue.kind !== "pulsarSingleton") return [];
  const needed = queue.heapMb + queue.directMemoryMb + JVM_OVERHEAD_MB;
  if (memoryMb >= needed) return [];
  return [
    error(
      `${path}.memoryMb`,
      `${memoryMb} MiB are less than the ${needed} that Pulsar takes with its heap and direct memory; raise it, or lower these`,
    ),
  ];
}
