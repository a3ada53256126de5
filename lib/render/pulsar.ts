import { dataDir } from "../spec/disks";
import { RENDER_DIR } from "../spec/paths";
import { pulsarHealthUrl } from "../spec/queue";
import { masked, type ClusterSecrets } from "../spec/secrets";
import type { ClusterSpec, PulsarSingletonQueue } from "../spec/spec";
import { contents, type RenderedFile } from "./file";
import type { Service } from "./service";

export const PULSAR_CONF = "pulsar-standalone.conf";
/** The header that the health check sends: kept out of the process list. */
const PULSAR_HEADER = "pulsar-token.header";
/** Pulsar prints its whole configuration when it starts, so secrets are in files that it only names. */
const PULSAR_KEY = "pulsar-token.key";
const PULSAR_TOKEN = "pulsar.token";
const FILES = [PULSAR_CONF, PULSAR_HEADER, PULSAR_KEY, PULSAR_TOKEN];

/** Who the one token that Pulsar takes belongs to: `sub` of the token, see newSecrets. */
const ROLE = "milvus";

/**
 * Pulsar standalone on the one peer that hosts it. It runs as root: the image's own user (10000) cannot write to a data
 * directory that Docker made.
 */
export function pulsarService(spec: ClusterSpec, queue: PulsarSingletonQueue): Service {
  const { heapMb, directMemoryMb, failover } = queue;
  const conf = `/${PULSAR_CONF}`;
  const header = `/${PULSAR_HEADER}`;
  return {
    component: "pulsar",
    image: spec.images.pulsar,
    user: "0:0",
    // No functions worker, no stream storage: Milvus uses neither.
    command: ["bin/pulsar", "standalone", "-nfw", "-nss"],
    environment: {
      PULSAR_STANDALONE_CONF: conf,
      PULSAR_MEM: `-Xms${heapMb}m -Xmx${heapMb}m -XX:MaxDirectMemorySize=${directMemoryMb}m`,
    },
    files: FILES.map((name) => `${RENDER_DIR}/${name}:/${name}`),
    data: [{ source: dataDir(spec, "pulsar"), target: "/pulsar/data", below: spec.dataDirs.pulsar }],
    reads: contents(pulsarFiles(spec, queue, masked(spec))),
    // Its native libraries are unpacked to /tmp and run from there.
    tmpfs: ["/tmp:exec", "/pulsar/logs"],
    healthcheck: {
      test: ["CMD", "curl", "-fsS", "-H", `@${header}`, pulsarHealthUrl(spec)],
      startPeriod: "90s",
    },
    // The broker gives itself brokerShutdownTimeoutMs, 60 s.
    stopGraceSeconds: 75,
    // Another one may have begun while this VM was away.
    startsByItself: failover === undefined,
  };
}

/** Files that Pulsar and its health check read. Both hold the secrets with which tokens are made or shown. */
export function pulsarFiles(
  spec: ClusterSpec,
  queue: PulsarSingletonQueue,
  secrets: ClusterSecrets,
): RenderedFile[] {
  const settings = {
    ...LOOPBACK,
    ...servicePorts(spec),
    ...AUTHENTICATION,
    ...SINGLE_COPY,
    ...LIMITS,
    ...keep(queue),
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return [
    { name: PULSAR_CONF, content: `${lines.sort().join("\n")}\n`, mode: 0o644 },
    // Read as it stands: with a line end it would be another key.
    { name: PULSAR_KEY, content: secrets.pulsarTokenKey, mode: 0o600 },
    { name: PULSAR_TOKEN, content: secrets.pulsarToken, mode: 0o600 },
    { name: PULSAR_HEADER, content: `Authorization: Bearer ${secrets.pulsarToken}\n`, mode: 0o600 },
  ];
}

/**
 * Everything is on loopback, where each peer's nginx leads Milvus to the one broker through mutual TLS: the broker redirects clients
 * to its advertised address, and its bookie has neither TLS nor passwords. With any listening interface named, the bookie inside
 * binds to that address, too, instead of to all.
 */
const LOOPBACK = {
  clusterName: "standalone",
  advertisedAddress: "127.0.0.1",
  bindAddress: "127.0.0.1",
  listeningInterface: "lo",
  webSocketServiceEnabled: "false",
  // One broker has nobody to share load with, and measuring it fails on network cards that tell no speed.
  loadBalancerEnabled: "false",
};

function servicePorts({ ports }: ClusterSpec): Record<string, number> {
  return { brokerServicePort: ports.pulsar, webServicePort: ports.pulsarHttp };
}

/** One token opens everything; the broker presents it to itself when it checks its own health. */
const AUTHENTICATION = {
  authenticationEnabled: "true",
  authorizationEnabled: "true",
  authenticateMetricsEndpoint: "true",
  authenticationProviders: "org.apache.pulsar.broker.authentication.AuthenticationProviderToken",
  superUserRoles: ROLE,
  tokenSecretKey: `file:///${PULSAR_KEY}`,
  brokerClientAuthenticationPlugin: "org.apache.pulsar.client.impl.auth.AuthenticationToken",
  brokerClientAuthenticationParameters: `file:///${PULSAR_TOKEN}`,
};

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
 * store lives by retention alone, and no topic is dropped because Milvus was away. After 3 days unread messages count as read, or
 * subscriptions of query nodes long gone would hold theirs for ever. Values of zilliztech/milvus-helm 5.0.19, but for topics
 * without consumers and subscriptions, which that deletes.
 */
function keep({ retentionMinutes, retentionMb }: PulsarSingletonQueue): Record<string, string | number> {
  return {
    defaultRetentionTimeInMinutes: retentionMinutes,
    defaultRetentionSizeInMB: retentionMb,
    ttlDurationDefaultInSeconds: 259200,
    brokerDeleteInactiveTopicsEnabled: "false",
  };
}
