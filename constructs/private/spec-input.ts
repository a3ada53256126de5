import { Token } from "cdktf";
import type { ClusterSpecInput, PoolInput, QueueInput } from "../../lib/spec/spec";
import type { MilvusClusterProps } from "../milvus-cluster";
import { knownBackups } from "./backups-input";
import { known, knownEntries, knownList } from "./known";
import type { Members } from "./members";
import { queueInput } from "./queue-input";
import { storageInput } from "./storage-input";

/** Stands for a registry that is known only when Terraform runs. */
export const UNKNOWN_REGISTRY = "registry.unknown.invalid";

/** Stands for an address that is known only when Terraform runs: MinIO then knows the host by the name of its peer. */
const unknownAddress = (i: number): string => `2001:db8::${(i + 1).toString(16)}`;

/** Stand for other things that are known only then. */
const UNKNOWN_ENDPOINT = "https://s3.unknown.invalid";
const UNKNOWN_PULSAR = "pulsar+ssl://pulsar.unknown.invalid:6651";
const UNKNOWN_BROKER = "kafka.unknown.invalid:9093";
const UNKNOWN_NETWORK = "192.0.2.0/24";
const UNKNOWN_DRIVES = 4;
const unknownMount = (i: number): string => `/unknown.invalid/mount-${i + 1}`;
/** What Pulsar takes at least: a limit that is too low for more is for the plan to find. */
const UNKNOWN_PULSAR_MB = 256;

/**
 * The specification as far as it is known at synth. What is a token gets a harmless stand-in, so that everything else is
 * still checked; the provider compiles the real one while planning.
 */
export function specInput(name: string, props: MilvusClusterProps, members: Members): ClusterSpecInput {
  return {
    name,
    version: props.version.name,
    mode: props.mode,
    peers: members.peers.map((p, i) => ({
      name: p.peerName,
      address: known(p.address) ?? unknownAddress(i),
      roles: p.roles && [...p.roles],
    })),
    storage: knownStorage(members),
    queue: knownQueue(members),
    security: knownSecurity(props),
    ports: props.ports,
    registry: props.registry === undefined ? undefined : (known(props.registry) ?? UNKNOWN_REGISTRY),
    images: knownEntries(props.images),
    dataRoot: known(props.dataRoot),
    dataDirs: knownEntries(props.dataDirs),
    resources: knownResources(props),
    config: knownEntries(props.config as ClusterSpecInput["config"]),
    sessionTtlSeconds: known(props.sessionTtlSeconds),
    etcdQuotaMb: known(props.etcdQuotaMb),
    loadBalancing: known(props.loadBalancing),
    control: knownEntries(props.control),
    backups: props.backups && knownBackups(props.backups),
    secretsGeneration: known(props.secretsGeneration),
  };
}

/** Security as the cluster's properties say it. */
export function securityInput(p: MilvusClusterProps): ClusterSpecInput["security"] {
  const { authentication, clientTls, internalTls, firewall } = p;
  const networks = firewall && { clients: [...firewall.clients], operators: [...(firewall.operators ?? [])] };
  return { authentication, clientTls, internalTls, firewall: networks };
}

function knownSecurity(props: MilvusClusterProps): ClusterSpecInput["security"] {
  const { firewall, ...security } = securityInput(props)!;
  const networks = (list: readonly string[]): string[] => knownList(list, () => UNKNOWN_NETWORK);
  return {
    ...knownEntries(security),
    firewall: firewall && { clients: networks(firewall.clients), operators: networks(firewall.operators) },
  };
}

function knownResources({ resources = {} }: MilvusClusterProps): ClusterSpecInput["resources"] {
  return Object.fromEntries(Object.entries(resources).map(([name, limits]) => [name, knownEntries(limits)]));
}

/** Without storage, which is a problem of its own, the smallest sound pool lets the rest be checked. */
function knownStorage(members: Members): ClusterSpecInput["storage"] {
  const storage = storageInput(members);
  if (!storage)
    return { pools: [{ peers: members.peers.map((p) => p.peerName), drivesPerPeer: UNKNOWN_DRIVES }] };
  const { s3, pools, ...rest } = storage;
  return {
    ...knownEntries(rest),
    pools: pools?.map(knownPool),
    s3: s3 && { ...knownEntries(s3), endpoint: known(s3.endpoint) ?? UNKNOWN_ENDPOINT },
  };
}

function knownPool({ drivesPerPeer, mountPoints, ...pool }: PoolInput): PoolInput {
  const mounts = Token.isUnresolved(mountPoints) ? undefined : mountPoints;
  const counted = drivesPerPeer === undefined ? mountPoints !== undefined : Token.isUnresolved(drivesPerPeer);
  return {
    ...knownEntries(pool),
    drivesPerPeer: known(drivesPerPeer) ?? (counted ? (mounts?.length ?? UNKNOWN_DRIVES) : undefined),
    mountPoints: mounts && knownList(mounts, unknownMount),
  };
}

function knownQueue(members: Members): ClusterSpecInput["queue"] {
  const queue = queueInput(members);
  if (!queue) return undefined;
  const { pulsarSingleton: singleton, externalPulsar: pulsar, externalKafka: kafka, embedded } = queue;
  return {
    pulsarSingleton: singleton && {
      ...knownEntries(singleton),
      heapMb: Token.isUnresolved(singleton.heapMb) ? UNKNOWN_PULSAR_MB : singleton.heapMb,
      directMemoryMb: Token.isUnresolved(singleton.directMemoryMb)
        ? UNKNOWN_PULSAR_MB
        : singleton.directMemoryMb,
    },
    externalPulsar: pulsar && {
      ...knownEntries(pulsar),
      serviceUrl: known(pulsar.serviceUrl) ?? UNKNOWN_PULSAR,
    },
    externalKafka: kafka && knownKafka(kafka),
    embedded,
  };
}

type KafkaInput = NonNullable<QueueInput["externalKafka"]>;

/** Protocol and mechanism go together: where either is not known, both are taken to fit. */
function knownKafka({ brokers, protocol, saslMechanism, caPem }: KafkaInput): KafkaInput {
  const unsure = Token.isUnresolved(protocol) || Token.isUnresolved(saslMechanism);
  return {
    brokers: knownList(brokers, () => UNKNOWN_BROKER),
    ...(unsure ? { protocol: "SASL_SSL", saslMechanism: "PLAIN" } : { protocol, saslMechanism }),
    caPem: known(caPem),
  };
}
