import type { Family, ProcessSpec } from "./families";
import { poolWith } from "./pool";
import { pulsarHost } from "./queue";
import { rolesOf } from "./roles";
import type { ClusterSpec, Ports } from "./spec";
import { familyOf } from "./version";

/** Loopback port on which etcd serves /metrics and /health without a client certificate. */
export const ETCD_METRICS_PORT = 2381;

export interface PortUse {
  readonly port: number;
  /** Who listens, for a person: "etcd (client)". */
  readonly owner: string;
  /** Attribute that moves it; undefined when nothing does. */
  readonly path?: string;
  /** Other peers or clients connect to it, not only this host. */
  readonly remote: boolean;
}

/** Every port that a peer listens on once the cluster runs. */
export function portsOf(spec: ClusterSpec, peerName: string, family = familyOf(spec.version)): PortUse[] {
  const uses = [...basePorts(spec), ...milvusPorts(spec, peerName, family)];
  if (poolWith(spec, peerName)) uses.push(...minioPorts(spec.ports));
  if (pulsarHost(spec) !== undefined) uses.push(...pulsarPorts(spec, peerName));
  return uses;
}

/** Pairs of listeners that want one port, each pair once. */
export function portCollisions(uses: readonly PortUse[]): [PortUse, PortUse][] {
  return uses.flatMap((later, i) => {
    const earlier = uses.slice(0, i).find((use) => use.port === later.port);
    return earlier ? [[earlier, later] as [PortUse, PortUse]] : [];
  });
}

function use(ports: Ports, name: keyof Ports, owner: string, remote = true): PortUse {
  return { port: ports[name], owner, path: `ports.${name}`, remote };
}

function basePorts({ ports, storage }: ClusterSpec): PortUse[] {
  return [
    use(ports, "lb", "the load balancer"),
    ...(storage.kind === "minio" ? [use(ports, "minioLocal", "the load balancer (MinIO)", false)] : []),
    use(ports, "daemon", "the daemon"),
    use(ports, "etcdClient", "etcd (clients)"),
    use(ports, "etcdPeer", "etcd (peers)"),
    { port: ETCD_METRICS_PORT, owner: "etcd (metrics)", remote: false },
  ];
}

function minioPorts(ports: Ports): PortUse[] {
  return [use(ports, "minio", "MinIO"), use(ports, "minioConsole", "MinIO (console)", false)];
}

/** Where Pulsar is not, the load balancer leads to it on the same ports. */
function pulsarPorts(spec: ClusterSpec, peerName: string): PortUse[] {
  const isHost = pulsarHost(spec) === peerName;
  const [binary, http] = isHost
    ? ["Pulsar", "Pulsar (HTTP)"]
    : ["the load balancer (Pulsar)", "the load balancer (Pulsar, HTTP)"];
  return [use(spec.ports, "pulsar", binary!, isHost), use(spec.ports, "pulsarHttp", http!, isHost)];
}

function milvusPorts(spec: ClusterSpec, peerName: string, family: Family): PortUse[] {
  const { ports, security, peers } = spec;
  const peer = peers.find(({ name }) => name === peerName);
  const roles = peer ? rolesOf(spec, peer, family) : [];
  return roles.flatMap((role) => [
    ...role.listens.map((l): PortUse => {
      const owner = `Milvus ${role.name} (${l.section}.${l.key ?? "port"})`;
      return l.port === "milvus" ? use(ports, "milvus", owner) : { port: l.port, owner, remote: true };
    }),
    ...(servesClients(role) && security.clientTls !== "off"
      ? [use(ports, "milvusRest", `Milvus ${role.name} (REST)`)]
      : []),
    {
      port: ports.milvusMetricsBase + role.metricsIndex,
      owner: `Milvus ${role.name} (metrics)`,
      path: "ports.milvusMetricsBase",
      remote: false,
    },
  ]);
}

function servesClients(role: ProcessSpec): boolean {
  return role.listens.some(({ port }) => port === "milvus");
}
