import { Token } from "cdktf";
import type { ClusterSpecInput } from "../../lib/spec/spec";
import type { MilvusClusterProps } from "../milvus-cluster";
import type { Members } from "./members";
import { isPulsarSingleton, queueInput } from "./queue-input";
import { storageInput } from "./storage-input";

/** Stands for a registry that is known only when Terraform runs. */
export const UNKNOWN_REGISTRY = "registry.unknown.invalid";

/** Stands for an address that is known only when Terraform runs: MinIO then knows the host by the name of its peer. */
const unknownAddress = (i: number): string => `2001:db8::${(i + 1).toString(16)}`;

/** Stand for what an endpoint, a URL or a broker is known to be only when Terraform runs. */
const UNKNOWN_ENDPOINT = "https://s3.unknown.invalid";
const UNKNOWN_PULSAR = "pulsar+ssl://pulsar.unknown.invalid:6651";
const UNKNOWN_BROKER = "kafka.unknown.invalid:9093";

/**
 * The specification as far as it is known at synth. What is a token gets a harmless stand-in, so that everything else is
 * still checked; the provider compiles the real one while planning. Peers of another cluster, a problem of their own, are
 * left out.
 */
export function specInput(name: string, props: MilvusClusterProps, members: Members): ClusterSpecInput {
  const own = withoutForeigners(members);
  return {
    name,
    version: props.version.name,
    mode: props.mode,
    peers: members.peers.map((p, i) => ({
      name: p.peerName,
      address: known(p.address) ?? unknownAddress(i),
      roles: p.roles && [...p.roles],
    })),
    storage: knownStorage(own),
    queue: knownQueue(own),
    security: securityInput(props),
    ports: props.ports,
    registry: props.registry === undefined ? undefined : (known(props.registry) ?? UNKNOWN_REGISTRY),
    images: knownEntries(props.images),
    dataRoot: known(props.dataRoot),
    dataDirs: knownEntries(props.dataDirs),
    resources: props.resources && { ...props.resources },
    config: props.config && { ...(props.config as ClusterSpecInput["config"]) },
    sessionTtlSeconds: known(props.sessionTtlSeconds),
    loadBalancing: known(props.loadBalancing),
    control: knownEntries(props.control),
  };
}

/** Security as the cluster's properties say it. */
export function securityInput(p: MilvusClusterProps): ClusterSpecInput["security"] {
  const { authentication, clientTls, internalTls, firewall } = p;
  const networks = firewall && { clients: [...firewall.clients], operators: [...(firewall.operators ?? [])] };
  return { authentication, clientTls, internalTls, firewall: networks };
}

/** Without storage, which is a problem of its own, the smallest sound pool lets the rest be checked. */
function knownStorage(members: Members): ClusterSpecInput["storage"] {
  const storage = storageInput(members);
  if (!storage) return { pools: [{ peers: members.peers.map((p) => p.peerName), drivesPerPeer: 4 }] };
  const { s3, pools, ...rest } = storage;
  return {
    ...knownEntries(rest),
    pools: pools?.map((pool) => ({
      ...knownEntries(pool),
      drivesPerPeer: pool.drivesPerPeer === undefined ? undefined : (known(pool.drivesPerPeer) ?? 4),
    })),
    s3: s3 && { ...knownEntries(s3), endpoint: known(s3.endpoint) ?? UNKNOWN_ENDPOINT },
  };
}

function knownQueue(members: Members): ClusterSpecInput["queue"] {
  const queue = queueInput(members);
  if (!queue) return undefined;
  const { pulsarSingleton, externalPulsar, externalKafka, embedded } = queue;
  return {
    pulsarSingleton: pulsarSingleton && { ...knownEntries(pulsarSingleton), host: pulsarSingleton.host },
    externalPulsar: externalPulsar && {
      ...knownEntries(externalPulsar),
      serviceUrl: known(externalPulsar.serviceUrl) ?? UNKNOWN_PULSAR,
    },
    externalKafka: externalKafka && {
      ...knownEntries(externalKafka),
      brokers: Token.isUnresolved(externalKafka.brokers)
        ? [UNKNOWN_BROKER]
        : externalKafka.brokers.map((broker) => known(broker) ?? UNKNOWN_BROKER),
    },
    embedded,
  };
}

/** Peers of another cluster are told of by themselves, so each gives way to the first of this one. */
function withoutForeigners(members: Members): Members {
  const { peers, pools, queues } = members;
  const own = pools.map(
    (pool) =>
      Object.create(pool, { peers: { value: pool.peers.filter((p) => peers.includes(p)) } }) as typeof pool,
  );
  const hosted = queues.map((queue) =>
    !isPulsarSingleton(queue) || peers.includes(queue.host) || !peers[0]
      ? queue
      : (Object.create(queue, { host: { value: peers[0] } }) as typeof queue),
  );
  return { ...members, pools: own, queues: hosted };
}

function known<T>(value: T | undefined): T | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

function knownEntries<T extends object>(values: T): T;
function knownEntries<T extends object>(values: T | undefined): T | undefined;
function knownEntries<T extends object>(values: T | undefined): T | undefined {
  if (values === undefined) return undefined;
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !Token.isUnresolved(value))) as T;
}
