import { etcdPeers } from "../spec/etcd";
import { hostPort } from "../spec/host";
import { CA_CERT, ETCD_PEER_NAME, PEER_CERT, PEER_KEY, TLS_DIR } from "../spec/paths";
import { dataDir } from "../spec/disks";
import { ETCD_METRICS_PORT } from "../spec/ports";
import type { ClusterSpec, PeerSpec } from "../spec/spec";
import { isIp } from "../spec/validators";
import type { Service } from "./service";

/**
 * Milliseconds between heartbeats, and without one before a new election. Halfway between etcd's defaults (100/1000, one
 * LAN) and those of Milvus' helm chart (500/2500): the election of a lost leader adds to every failover, and no lease is
 * shorter than 1.5 elections, which bounds sessionTtlSeconds from below.
 */
const HEARTBEAT_MS = 250;
const ELECTION_MS = 1250;

/** Settings that Milvus' compose files give etcd (milvus-io/milvus deployments/docker/standalone/docker-compose.yml). */
function milvusSettings({ etcdQuotaMb }: ClusterSpec): string[] {
  return [
    "--auto-compaction-mode=revision",
    "--auto-compaction-retention=1000",
    `--quota-backend-bytes=${etcdQuotaMb * 2 ** 20}`,
    "--snapshot-count=50000",
  ];
}

const DATA_DIR = "/etcd";

/**
 * etcd member of a peer: TLS with client certificates on both ports. All members begin together; one that joins them later is told
 * of `joins`, the members that there are with itself.
 */
export function etcdService(spec: ClusterSpec, peer: PeerSpec, joins?: readonly EtcdMember[]): Service {
  const { etcdClient } = spec.ports;
  return {
    component: "etcd",
    image: spec.images.etcd,
    command: ["/usr/local/bin/etcd", ...memberFlags(spec, peer), ...tlsFlags(), ...milvusSettings(spec)],
    bootstrap: bootstrapFlags(spec, peer, joins),
    files: [`${TLS_DIR}:${TLS_DIR}`],
    data: [{ source: dataDir(spec, "etcd"), target: DATA_DIR, below: spec.dataDirs.etcd }],
    tmpfs: ["/tmp"],
    // `docker exec milvus-etcd etcdctl …` works as it is.
    environment: {
      ETCDCTL_ENDPOINTS: `https://${hostPort("127.0.0.1", etcdClient)}`,
      ETCDCTL_CACERT: CA_CERT,
      ETCDCTL_CERT: PEER_CERT,
      ETCDCTL_KEY: PEER_KEY,
    },
    // Exec form: the image has no shell.
    healthcheck: {
      test: ["CMD", "/usr/local/bin/etcdctl", "endpoint", "health"],
      startPeriod: "30s",
    },
    stopGraceSeconds: 10,
  };
}

/** Client endpoints of every member, `host:port`, as Milvus and the daemon use them. */
export function etcdEndpoints(spec: ClusterSpec): string[] {
  return etcdPeers(spec).map((peer) => hostPort(peer.address, spec.ports.etcdClient));
}

function memberFlags(spec: ClusterSpec, peer: PeerSpec): string[] {
  const { etcdClient, etcdPeer } = spec.ports;
  const url = (host: string, port: number): string => `https://${hostPort(host, port)}`;
  // etcd listens on IP addresses only; behind a DNS name the own address is not known here.
  const listen = isIp(peer.address) ? peer.address : "0.0.0.0";
  const clientUrls = listen === "0.0.0.0" ? [listen] : [listen, "127.0.0.1"];
  return [
    `--name=${etcdMemberName(peer)}`,
    `--data-dir=${DATA_DIR}`,
    `--listen-peer-urls=${url(listen, etcdPeer)}`,
    `--listen-client-urls=${clientUrls.map((host) => url(host, etcdClient)).join(",")}`,
    `--advertise-client-urls=${url(peer.address, etcdClient)}`,
    `--listen-metrics-urls=http://127.0.0.1:${ETCD_METRICS_PORT}`,
    `--heartbeat-interval=${HEARTBEAT_MS}`,
    `--election-timeout=${ELECTION_MS}`,
  ];
}

/** Read only while the data directory is empty (etcd-io/website v3.5 op-guide/configuration.md). */
function bootstrapFlags(
  spec: ClusterSpec,
  peer: PeerSpec,
  joins: readonly EtcdMember[] | undefined,
): string[] {
  const members =
    joins ?? etcdPeers(spec).map((p) => ({ name: etcdMemberName(p), peerUrl: etcdPeerUrl(spec, p) }));
  return [
    `--initial-advertise-peer-urls=${etcdPeerUrl(spec, peer)}`,
    `--initial-cluster=${members.map((m) => `${m.name}=${m.peerUrl}`).join(",")}`,
    `--initial-cluster-token=${spec.name}`,
    `--initial-cluster-state=${joins ? "existing" : "new"}`,
  ];
}

/** A member as the others reach it. */
export interface EtcdMember {
  readonly name: string;
  readonly peerUrl: string;
}

/** Unlike that of the member whose VM it took the place of: at one address nothing else tells them apart. */
export function etcdMemberName({ name, instance }: Pick<PeerSpec, "name" | "instance">): string {
  return instance === undefined ? name : `${name}.${instance}`;
}

export function etcdPeerUrl(
  { ports }: Pick<ClusterSpec, "ports">,
  { address }: Pick<PeerSpec, "address">,
): string {
  return `https://${hostPort(address, ports.etcdPeer)}`;
}

export function etcdClientUrl(
  { ports }: Pick<ClusterSpec, "ports">,
  { address }: Pick<PeerSpec, "address">,
): string {
  return `https://${hostPort(address, ports.etcdClient)}`;
}

/** Milvus' certificate is of the same CA: it makes a client, and never a member. */
function tlsFlags(): string[] {
  const flags = ["", "peer-"].flatMap((prefix) => [
    `--${prefix}cert-file=${PEER_CERT}`,
    `--${prefix}key-file=${PEER_KEY}`,
    `--${prefix}client-cert-auth`,
    `--${prefix}trusted-ca-file=${CA_CERT}`,
  ]);
  return [...flags, `--peer-cert-allowed-hostname=${ETCD_PEER_NAME}`];
}
