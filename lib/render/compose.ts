import { hasEtcd } from "../spec/etcd";
import { COMPOSE_PROJECT } from "../spec/paths";
import { poolWith } from "../spec/pool";
import { pulsarHost } from "../spec/queue";
import { rolesOf } from "../spec/roles";
import type { ClusterSpec, Limits, PeerSpec } from "../spec/spec";
import { isIPv6, isIp } from "../spec/validators";
import { etcdService, type EtcdMember } from "./etcd";
import { FINGERPRINT_LABEL, fingerprint } from "./fingerprint";
import { milvusService } from "./milvus";
import { minioService } from "./minio-pool";
import { nginxService } from "./nginx";
import { pulsarService } from "./pulsar";
import type { Service } from "./service";
import { toYaml } from "./yaml";

export const COMPOSE_FILE = "docker-compose.yml";

/** Seconds between health checks: each one is a process, on every container of the host. */
const HEALTH_INTERVAL = "10s";

/** docker-compose.yml of a peer. No service waits for another: each retries until what it needs is there. */
export function composeFile(spec: ClusterSpec, peer: PeerSpec, joins?: readonly EtcdMember[]): string {
  const hosts = extraHosts(spec);
  const defined = definitions(spec, peer);
  const services = Object.entries(peerServices(spec, peer, joins)).map(([name, service]) => {
    const labels = { [FINGERPRINT_LABEL]: fingerprint(defined[name]!), ...service.labels };
    return [name, { ...defined[name]!.container, ...command(service), extra_hosts: hosts, labels }];
  });
  return toYaml({ name: COMPOSE_PROJECT, services: Object.fromEntries(services) });
}

/** Services of a peer by name. */
export function peerServices(
  spec: ClusterSpec,
  peer: PeerSpec,
  joins?: readonly EtcdMember[],
): Record<string, Service> {
  const roles = rolesOf(spec, peer).map((role) => [role.name, milvusService(spec, peer, role)] as const);
  const pool = poolWith(spec, peer.name);
  return {
    ...(hasEtcd(spec, peer) ? { etcd: etcdService(spec, peer, joins) } : {}),
    ...(pool ? { minio: minioService(spec, peer, pool) } : {}),
    ...(spec.queue.kind === "pulsarSingleton" && pulsarHost(spec) === peer.name
      ? { pulsar: pulsarService(spec, spec.queue) }
      : {}),
    ...Object.fromEntries(roles),
    nginx: nginxService(spec),
  };
}

/** What a running container of a service is as the spec wants it by. */
export interface Definition {
  readonly container: object;
  /** Contents that it takes from files at its start alone. */
  readonly reads: unknown;
}

/** Definition of each service of a peer. */
export function definitions(spec: ClusterSpec, peer: PeerSpec): Record<string, Definition> {
  const services = Object.entries(peerServices(spec, peer)).map(([name, service]) => {
    const container = composeService(name, service, spec.resources[service.component]);
    return [name, { container, reads: service.reads ?? null }];
  });
  return Object.fromEntries(services) as Record<string, Definition>;
}

/** Fingerprint of each service of a peer: that of a running container says whether it is as the spec wants it. */
export function fingerprints(spec: ClusterSpec, peer: PeerSpec): Record<string, string> {
  const all = Object.entries(definitions(spec, peer)).map(([name, d]) => [name, fingerprint(d)]);
  return Object.fromEntries(all) as Record<string, string>;
}

/** Name of the container that runs a service: its own name is too common to be alone on a host. */
export function containerName(service: string): string {
  return `${COMPOSE_PROJECT}-${service}`;
}

/** All that a container is made with, but what a running one does without: names of later peers, and how its data was begun. */
function composeService(name: string, service: Service, limits: Limits = {}): object {
  return {
    container_name: containerName(name),
    image: service.image,
    ...(service.user === undefined ? {} : { user: service.user }),
    ...(service.command === undefined ? {} : { command: service.command }),
    ...(service.environment === undefined ? {} : { environment: service.environment }),
    network_mode: "host",
    ...volumes(service),
    tmpfs: service.tmpfs,
    ...(limits.memoryMb === undefined ? {} : { mem_limit: `${limits.memoryMb}m` }),
    ...(limits.cpus === undefined ? {} : { cpus: limits.cpus }),
    ...confinement(service),
    restart: service.startsByItself === false ? "no" : "always",
    stop_grace_period: `${service.stopGraceSeconds}s`,
    healthcheck: {
      test: service.healthcheck.test,
      interval: HEALTH_INTERVAL,
      timeout: "5s",
      retries: 3,
      start_period: service.healthcheck.startPeriod,
    },
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
  };
}

function command({ command, bootstrap = [] }: Service): object {
  return bootstrap.length === 0 ? {} : { command: [...(command ?? []), ...bootstrap] };
}

/** Docker makes a missing directory by itself unless told: data would then go to the wrong disk. */
function volumes({ files = [], data = [] }: Service): object {
  const mounts = data.map(({ source, target }) => ({
    ...{ type: "bind", source, target },
    bind: { create_host_path: false },
  }));
  return { volumes: [...files.map((file) => `${file}:ro`), ...mounts] };
}

/** What a component that is taken over can do: no more than it must. */
function confinement({ capabilities = [] }: Service): object {
  return {
    read_only: true,
    cap_drop: ["ALL"],
    ...(capabilities.length === 0 ? {} : { cap_add: capabilities }),
    security_opt: ["no-new-privileges:true"],
  };
}

/** Peer names resolve in every container without DNS; a peer known by a DNS name resolves by itself. */
function extraHosts(spec: ClusterSpec): string[] {
  return spec.peers
    .filter((peer) => isIp(peer.address))
    .map((peer) => `${peer.name}:${isIPv6(peer.address) ? `[${peer.address}]` : peer.address}`);
}
