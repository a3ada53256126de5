import { version as packageVersion } from "../../package.json";
import type { Family } from "./families";
import type {
  KeepSpec,
  ControlSpec,
  ExternalPulsarQueue,
  Images,
  Ports,
  PulsarSingletonQueue,
  SecuritySpec,
} from "./spec";

export const DEFAULT_PORTS: Ports = {
  lb: 19537,
  milvus: 19530,
  daemon: 19500,
  etcdClient: 2379,
  etcdPeer: 2380,
  minio: 9000,
  minioConsole: 9001,
  minioLocal: 9002,
  pulsar: 6650,
  pulsarHttp: 8080,
  milvusMetricsBase: 9091,
  milvusRest: 19533,
};

export const DEFAULT_BUCKET = "milvus-bucket";

/** Prefix of Milvus' objects (milvus-io/milvus v2.3.22 configs/milvus.yaml, minio.rootPath). */
export const DEFAULT_ROOT_PATH = "files";

/**
 * Heap and direct memory in MiB: a quarter of what Pulsar's image asks for, ample for one cluster's log, and enough on a VM of
 * 4 GiB. Milvus goes back to its last checkpoint after a restart, so what it has read is kept for 7 days, however much that is
 * (zilliztech/milvus-helm 5.0.19).
 */
export const DEFAULT_PULSAR: Omit<PulsarSingletonQueue, "kind" | "host"> = {
  heapMb: 512,
  directMemoryMb: 512,
  retentionMinutes: 10_080,
  retentionMb: -1,
};

/** Tenant and namespace that every Pulsar has (milvus-io/milvus v2.3.22 configs/milvus.yaml). */
export const DEFAULT_EXTERNAL_PULSAR: Pick<ExternalPulsarQueue, "tenant" | "namespace" | "token"> = {
  tenant: "public",
  namespace: "default",
  token: false,
};

export const DEFAULT_SECURITY: SecuritySpec = { authentication: true, clientTls: "off", internalTls: false };

/**
 * Seconds that a dead process' session lives on. Milvus' own 30 makes a coordinator's failover last as long; with 5,
 * reads were back after about 10 s. See lib/render/etcd.ts for why it cannot be much shorter.
 */
export const DEFAULT_SESSION_TTL_SECONDS = 5;

/** What Milvus' compose files give etcd (milvus-io/milvus deployments/docker/standalone/docker-compose.yml). */
export const DEFAULT_ETCD_QUOTA_MB = 4096;

/** Ten seconds: a busy VM does not lose its lease, and nothing that clients notice waits for the control plane. */
export const DEFAULT_CONTROL: ControlSpec = {
  leaderTtlSeconds: 10,
  jobRetentionDays: 30,
  watchdog: "auto",
  alertFormat: "alertmanager",
  backupBeforeUpgrade: false,
};

/** Enough to see on Monday what was lost on Friday. */
export const KEPT_BACKUPS: KeepSpec = { last: 7, daily: 0, weekly: 0, monthly: 0 };

/** Clock that schedules go by. */
export const DEFAULT_TIME_ZONE = "UTC";

/** Image of the daemon: the same version as the provider and the constructs that were installed with it. */
export const DAEMON_IMAGE = `milvus-onprem:${packageVersion}`;

/** Default images of a version; `registry` takes the place of the registry host of each. */
export function defaultImages(family: Family, version: string, registry?: string): Images {
  const images: Images = {
    ...family.images,
    milvus: `milvusdb/milvus:${version}`,
    daemon: DAEMON_IMAGE,
  };
  if (registry === undefined) return images;
  const moved = Object.entries(images).map(([name, image]) => [
    name,
    `${registry}/${repository(image as string)}`,
  ]);
  return Object.fromEntries(moved) as Images;
}

/** The path of an image inside its registry; Docker Hub keeps one-part names under `library`, mirrors need not. */
function repository(image: string): string {
  const [first, ...rest] = image.split("/");
  return rest.length > 0 && /[.:]/.test(first!) ? rest.join("/") : image;
}
