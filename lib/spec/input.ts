import { canonicalJson } from "./canonical";
import {
  DEFAULT_BUCKET,
  DEFAULT_CONTROL,
  DEFAULT_EXTERNAL_PULSAR,
  DEFAULT_PORTS,
  DEFAULT_PULSAR,
  DEFAULT_ROOT_PATH,
  DEFAULT_SECURITY,
  DEFAULT_ETCD_QUOTA_MB,
  DEFAULT_SESSION_TTL_SECONDS,
  defaultImages,
  DEFAULT_TIME_ZONE,
  KEPT_BACKUPS,
} from "./defaults";
import { hostPort } from "./host";
import { DEFAULT_DATA_ROOT } from "./paths";
import { queueByDefault } from "./queue";
import { roleNames } from "./roles";
import type {
  BackupsInput,
  BackupsSpec,
  BackupTargetInput,
  BackupTargetSpec,
  ClusterSpec,
  ClusterSpecInput,
  ExternalKafkaQueue,
  ExternalPulsarQueue,
  MinioStorage,
  PeerInput,
  PeerSpec,
  PoolInput,
  PoolSpec,
  PulsarSingletonQueue,
  QueueInput,
  S3Storage,
  S3TargetInput,
  S3TargetSpec,
  StorageInput,
} from "./spec";
import { familyOf } from "./version";

/** What asks for a spec, and says no more than it must: compileSpec makes the same spec of it. */
export function inputOf(spec: ClusterSpec): ClusterSpecInput {
  return {
    name: spec.name,
    version: spec.version,
    mode: spec.mode === "cluster" ? undefined : spec.mode,
    peers: spec.peers.map((peer) => peerInput(peer, spec)),
    storage: spec.storage.kind === "s3" ? s3Input(spec.storage) : minioInput(spec.storage),
    queue: queueInput(spec),
    security: otherThan(DEFAULT_SECURITY, spec.security),
    ports: otherThan(DEFAULT_PORTS, spec.ports),
    ...imagesInput(spec),
    dataRoot: spec.dataRoot === DEFAULT_DATA_ROOT ? undefined : spec.dataRoot,
    dataDirs: otherThan<ClusterSpec["dataDirs"]>({}, spec.dataDirs),
    resources: otherThan<ClusterSpec["resources"]>({}, spec.resources),
    config: Object.keys(spec.config).length === 0 ? undefined : { ...spec.config },
    sessionTtlSeconds:
      spec.sessionTtlSeconds === DEFAULT_SESSION_TTL_SECONDS ? undefined : spec.sessionTtlSeconds,
    etcdQuotaMb: spec.etcdQuotaMb === DEFAULT_ETCD_QUOTA_MB ? undefined : spec.etcdQuotaMb,
    loadBalancing: spec.loadBalancing === "local" ? undefined : spec.loadBalancing,
    control: otherThan(DEFAULT_CONTROL, spec.control),
    backups: spec.backups && backupsInput(spec.backups, spec.name),
    secretsGeneration: spec.secrets?.generation === 1 ? undefined : spec.secrets?.generation,
    outsideSecrets: spec.secrets?.outside,
    backupSecrets: spec.secrets?.backups,
  } satisfies Record<keyof ClusterSpecInput, unknown>;
}

function peerInput({ name, address, roles }: PeerSpec, { version }: ClusterSpec): PeerInput {
  const hasAll = roles.length === roleNames(familyOf(version)).length;
  return { name, address, roles: hasAll ? undefined : [...roles] } satisfies Record<keyof PeerInput, unknown>;
}

function backupsInput(backups: BackupsSpec, cluster: string): BackupsInput {
  const { schedule, timeZone, keep, drillSchedule, target, encryption, engine } = backups;
  return {
    schedule,
    timeZone: timeZone === DEFAULT_TIME_ZONE ? undefined : timeZone,
    keep: otherThan(KEPT_BACKUPS, keep),
    drillSchedule,
    target: target && targetInput(target, cluster),
    encryption,
    engine,
  } satisfies Record<keyof BackupsInput, unknown>;
}

function targetInput(target: BackupTargetSpec, cluster: string): BackupTargetInput {
  if (target.kind === "s3") return { s3: s3TargetInput(target, cluster) };
  const { path, prefix } = target;
  return { directory: path, prefix: prefix === cluster ? undefined : prefix };
}

function s3TargetInput(target: S3TargetSpec, cluster: string): S3TargetInput {
  const { host, port, tls, bucket, prefix, region, pathStyle, caPem } = target;
  return {
    endpoint: `${tls ? "https" : "http"}://${hostPort(host, port)}`,
    ...{ bucket, region, caPem },
    prefix: prefix === cluster ? undefined : prefix,
    pathStyle: pathStyle ? undefined : false,
  } satisfies Record<keyof S3TargetInput, unknown>;
}

/** Images of one registry are said by its name: another version then brings other images. */
function imagesInput({ version, images }: ClusterSpec): {
  registry: ClusterSpecInput["registry"];
  images: ClusterSpecInput["images"];
} {
  const family = familyOf(version);
  const own = `/${defaultImages(family, version).milvus}`;
  const registry = images.milvus.endsWith(own) ? images.milvus.slice(0, -own.length) : undefined;
  return { registry, images: otherThan(defaultImages(family, version, registry), images) };
}

function minioInput({ pools, parity, bucket }: MinioStorage): StorageInput {
  return { pools: pools.map(poolInput), parity, bucket: bucket === DEFAULT_BUCKET ? undefined : bucket };
}

function poolInput({ peers, drivesPerPeer, mountPoints, driveGib, acceptSingleHost }: PoolSpec): PoolInput {
  const drives = mountPoints.length > 0 ? { mountPoints: [...mountPoints] } : { drivesPerPeer };
  return { peers: [...peers], ...drives, driveGib, acceptSingleHost };
}

function s3Input({ host, port, tls, bucket, ...s3 }: S3Storage): StorageInput {
  const endpoint = `${tls ? "https" : "http"}://${hostPort(host, port)}`;
  return {
    s3: { endpoint, ...otherThan<Partial<S3Storage>>(DEFAULT_S3, s3) },
    bucket: bucket === DEFAULT_BUCKET ? undefined : bucket,
  };
}

const DEFAULT_S3: Partial<S3Storage> = {
  ...{ kind: "s3", rootPath: DEFAULT_ROOT_PATH, pathStyle: true, auth: "keys", provider: "aws" },
};

function queueInput({ queue, mode, version }: ClusterSpec): QueueInput | undefined {
  const { kind } = queue;
  switch (kind) {
    case "pulsarSingleton": {
      const others = otherThan<PulsarSingletonQueue>({ kind, ...DEFAULT_PULSAR }, queue);
      return { pulsarSingleton: { ...others, host: queue.host } };
    }
    case "externalPulsar": {
      const others = otherThan<ExternalPulsarQueue>({ kind, ...DEFAULT_EXTERNAL_PULSAR }, queue);
      return { externalPulsar: { ...others, serviceUrl: queue.serviceUrl } };
    }
    case "externalKafka": {
      const others = otherThan<ExternalKafkaQueue>({ kind, protocol: "PLAINTEXT" }, queue);
      return { externalKafka: { ...others, brokers: [...queue.brokers] } };
    }
    default:
      return kind === queueByDefault(familyOf(version), mode) ? undefined : { embedded: kind };
  }
}

/** Members that are set and not what they would be by themselves; undefined where there are none. */
function otherThan<T extends object>(defaults: Partial<T>, given: T): Partial<T> | undefined {
  const same = (name: string): boolean =>
    canonicalJson(defaults[name as keyof T]) === canonicalJson(given[name as keyof T]);
  const others = Object.entries(given).filter(([name, value]) => value !== undefined && !same(name));
  return others.length === 0 ? undefined : (Object.fromEntries(others) as Partial<T>);
}
