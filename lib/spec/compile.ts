import { checkPeers } from "./checks/peers";
import { checkCollisions, checkPorts } from "./checks/ports";
import { checkControl } from "./checks/control";
import { errorIf } from "./checks/problem";
import { checkQueue, checkQueuePresence } from "./checks/queue";
import { checkConfig, checkSettings } from "./checks/settings";
import { checkStorage } from "./checks/storage";
import {
  DEFAULT_BUCKET,
  DEFAULT_CONTROL,
  DEFAULT_PORTS,
  DEFAULT_PULSAR_DIRECT_MEMORY_MB,
  DEFAULT_PULSAR_HEAP_MB,
  DEFAULT_SESSION_TTL_SECONDS,
  defaultImages,
} from "./defaults";
import { families } from "./families";
import { DEFAULT_DATA_ROOT } from "./paths";
import type { ClusterSpec, ClusterSpecInput, CompileResult, Problem } from "./spec";
import { checkName } from "./validators";
import { checkVersion, findLine } from "./version";

/** Fills in every default and checks everything, so that all problems come at once. */
export function compileSpec(input: ClusterSpecInput): CompileResult {
  const family = findLine(input.version);
  const spec = withDefaults(input);
  const problems: Problem[] = [
    ...errorIf("name", checkName(spec.name)),
    ...errorIf("version", checkVersion(spec.version)),
    ...checkPeers(spec.peers),
    ...checkStorage(spec),
    ...(family ? checkQueuePresence(input, family) : []),
    ...(input.queue
      ? checkQueue(
          spec.queue,
          spec.peers.map((p) => p.name),
        )
      : []),
    ...checkPorts(spec.ports),
    ...(family && spec.peers.length > 0 ? checkCollisions(spec, family) : []),
    ...checkSettings(input, spec),
    ...checkControl(spec.control),
    ...(family ? checkConfig(spec.config, family) : []),
  ];
  return problems.some((p) => p.severity === "error") ? { problems } : { spec, problems };
}

function withDefaults(input: ClusterSpecInput): ClusterSpec {
  const family = findLine(input.version) ?? families.at(-1)!;
  return {
    name: input.name,
    version: input.version,
    peers: input.peers.map(({ name, address }) => ({ name, address })),
    storage: {
      kind: "widePool",
      peers: [...input.storage.peers],
      drivesPerPeer: input.storage.drivesPerPeer,
      ...(input.storage.parity === undefined ? {} : { parity: input.storage.parity }),
      bucket: input.storage.bucket ?? DEFAULT_BUCKET,
    },
    queue: {
      kind: "pulsarSingleton",
      host: input.queue?.host ?? "",
      heapMb: input.queue?.heapMb ?? DEFAULT_PULSAR_HEAP_MB,
      directMemoryMb: input.queue?.directMemoryMb ?? DEFAULT_PULSAR_DIRECT_MEMORY_MB,
    },
    ports: overlay(DEFAULT_PORTS, input.ports),
    images: overlay(defaultImages(family, input.version, input.registry), input.images),
    dataRoot: input.dataRoot ?? DEFAULT_DATA_ROOT,
    config: { ...input.config },
    sessionTtlSeconds: input.sessionTtlSeconds ?? DEFAULT_SESSION_TTL_SECONDS,
    loadBalancing: input.loadBalancing ?? "local",
    control: overlay(DEFAULT_CONTROL, input.control),
  };
}

/** Values that are given lie over the defaults; an explicit undefined is as good as none. */
function overlay<T extends object>(defaults: T, given: Partial<T> = {}): T {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}
