import { version as packageVersion } from "../../package.json";
import type { Family } from "./families";
import type { ControlSpec, Images, Ports } from "./spec";

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
};

export const DEFAULT_BUCKET = "milvus-bucket";

/** Pulsar's heap and direct memory in MiB: a quarter of what its image asks for, ample for one cluster's log. */
export const DEFAULT_PULSAR_HEAP_MB = 512;
export const DEFAULT_PULSAR_DIRECT_MEMORY_MB = 512;

/**
 * Seconds that a dead process' session lives on. Milvus' own 30 makes a coordinator's failover last as long; with 5,
 * reads were back after about 10 s. See lib/render/etcd.ts for why it cannot be much shorter.
 */
export const DEFAULT_SESSION_TTL_SECONDS = 5;

/** Ten seconds: a busy VM does not lose its lease, and nothing that clients notice waits for the control plane. */
export const DEFAULT_CONTROL: ControlSpec = {
  leaderTtlSeconds: 10,
  jobRetentionDays: 30,
  watchdog: "auto",
  alertFormat: "alertmanager",
};

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
