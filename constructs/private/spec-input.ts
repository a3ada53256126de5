import { Token } from "cdktf";
import type { ClusterSpecInput } from "../../lib/spec/spec";
import type { MilvusClusterProps } from "../milvus-cluster";
import type { Members } from "./members";

/** Stands for a registry that is known only when Terraform runs. */
export const UNKNOWN_REGISTRY = "registry.unknown.invalid";

/**
 * The specification as far as it is known at synth. What is a token gets a harmless stand-in, so that everything else is
 * still checked; the provider compiles the real one while planning. Peers of another cluster, a problem of their own, are
 * left out.
 */
export function specInput(name: string, props: MilvusClusterProps, members: Members): ClusterSpecInput {
  return {
    name,
    version: props.version.name,
    peers: members.peers.map((p, i) => ({
      name: p.peerName,
      address: known(p.address) ?? `peer-${i + 1}.unknown.invalid`,
    })),
    storage: storageInput(members),
    queue: queueInput(members),
    ports: props.ports,
    registry: props.registry === undefined ? undefined : (known(props.registry) ?? UNKNOWN_REGISTRY),
    images: knownEntries(props.images),
    dataRoot: known(props.dataRoot),
    config: props.config && { ...props.config },
    sessionTtlSeconds: known(props.sessionTtlSeconds),
    loadBalancing: known(props.loadBalancing),
    control: knownEntries(props.control),
  };
}

/** Without a pool, which is a problem of its own, the smallest sound one lets the rest be checked. */
function storageInput({ pools, peers }: Members): ClusterSpecInput["storage"] {
  const pool = pools[0];
  if (!pool) return { peers: peers.map((p) => p.peerName), drivesPerPeer: 4 };
  return {
    peers: pool.peers.filter((p) => peers.includes(p)).map((p) => p.peerName),
    ...knownEntries(pool.settings),
    drivesPerPeer: known(pool.settings.drivesPerPeer) ?? 4,
  };
}

function queueInput({ queues, peers }: Members): ClusterSpecInput["queue"] {
  const queue = queues[0];
  if (!queue) return undefined;
  const host = peers.includes(queue.host) ? queue.host : peers[0];
  return { host: host?.peerName ?? "", ...knownEntries(queue.settings) };
}

function known<T>(value: T | undefined): T | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

function knownEntries<T extends object>(values: T | undefined): T | undefined {
  if (values === undefined) return undefined;
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !Token.isUnresolved(value))) as T;
}
