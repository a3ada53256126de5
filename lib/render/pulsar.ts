import { hostPort } from "../spec/host";
import { RENDER_DIR } from "../spec/paths";
import type { ClusterSpec, PeerSpec } from "../spec/spec";
import type { Service } from "./service";

export const PULSAR_CONF = "pulsar-standalone.conf";

/**
 * Pulsar standalone on the one peer that hosts it. It runs as root: the image's own user (10000) cannot write to a data
 * directory that Docker made.
 */
export function pulsarService(spec: ClusterSpec, peer: PeerSpec): Service {
  const { heapMb, directMemoryMb } = spec.queue;
  const conf = `/${PULSAR_CONF}`;
  return {
    image: spec.images.pulsar,
    user: "0:0",
    // No functions worker, no stream storage: Milvus uses neither.
    command: ["bin/pulsar", "standalone", "-nfw", "-nss"],
    environment: {
      PULSAR_STANDALONE_CONF: conf,
      PULSAR_MEM: `-Xms${heapMb}m -Xmx${heapMb}m -XX:MaxDirectMemorySize=${directMemoryMb}m`,
    },
    volumes: [`${RENDER_DIR}/${PULSAR_CONF}:${conf}:ro`, `${spec.dataRoot}/pulsar:/pulsar/data`],
    healthcheck: {
      test: [
        "CMD",
        "curl",
        "-fsS",
        `http://${hostPort(peer.address, spec.ports.pulsarHttp)}/admin/v2/brokers/health`,
      ],
      startPeriod: "90s",
    },
    // The broker gives itself brokerShutdownTimeoutMs, 60 s.
    stopGraceSeconds: 75,
  };
}

/** standalone.conf: keys by name, those that are left out have Pulsar's defaults. */
export function pulsarConf(spec: ClusterSpec, peer: PeerSpec): string {
  const settings = { ...identity(spec, peer), ...SINGLE_COPY, ...LIMITS, ...KEEP };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return `${lines.sort().join("\n")}\n`;
}

/**
 * The broker redirects clients to its advertised address, so it must be the one that they reach. With any listening
 * interface named, the bookie inside binds to that address too, at a port that it picks once, instead of to all.
 */
function identity(spec: ClusterSpec, peer: PeerSpec): Record<string, string | number> {
  return {
    clusterName: "standalone",
    advertisedAddress: peer.address,
    bindAddress: peer.address,
    listeningInterface: "lo",
    brokerServicePort: spec.ports.pulsar,
    webServicePort: spec.ports.pulsarHttp,
    webSocketServiceEnabled: "false",
    // One broker has nobody to share load with, and measuring it fails on network cards that tell no speed.
    loadBalancerEnabled: "false",
  };
}

/** One bookie, so one copy; written through to disk before it is acknowledged, or a power cut loses it. */
const SINGLE_COPY = {
  managedLedgerDefaultEnsembleSize: 1,
  managedLedgerDefaultWriteQuorum: 1,
  managedLedgerDefaultAckQuorum: 1,
  journalSyncData: "true",
};

/** As Milvus' own deployments (milvus-io/milvus deployments/docker/dev/docker-compose.yml): frame = message + 10 KiB. */
const LIMITS = {
  maxMessageSize: 104857600,
  nettyMaxFrameSizeBytes: 104867840,
};

/**
 * Milvus acknowledges what it reads and, after a restart, goes back to its last checkpoint: what is not yet in the object
 * store lives by retention alone. So keep 7 days, however much that is, and drop no topic because Milvus was away. After 3
 * days unread messages count as read, or subscriptions of query nodes long gone would hold theirs for ever. Values of
 * zilliztech/milvus-helm 5.0.19, but for topics without consumers and subscriptions, which that deletes.
 */
const KEEP = {
  defaultRetentionTimeInMinutes: 10080,
  defaultRetentionSizeInMB: -1,
  ttlDurationDefaultInSeconds: 259200,
  brokerDeleteInactiveTopicsEnabled: "false",
};
