import type { TerraformMetaArguments } from "cdktf";
import type { Construct } from "constructs";
import type { ConfigValue, ControlSpec, Images, LoadBalancing, Ports } from "../../lib/spec/spec";
import type { RegistryAuth } from "../registry-auth";
import type { Attributes } from "./attributes";
import { MilvusResource } from "./milvus-resource";
import { peerAttributes, type PeerReference } from "./peer-attributes";

export interface MilvusClusterResourceConfig extends TerraformMetaArguments {
  readonly name: string;
  readonly version: string;
  readonly peers: readonly PeerReference[];
  readonly storage?: StorageConfig;
  readonly queue?: QueueConfig;
  readonly ports?: Partial<Ports>;
  readonly images?: Partial<Images>;
  readonly registry?: string;
  readonly registryAuth?: RegistryAuth;
  readonly dataRoot?: string;
  readonly config?: Readonly<Record<string, ConfigValue>>;
  readonly sessionTtlSeconds?: number;
  readonly loadBalancing?: LoadBalancing;
  readonly control?: Partial<ControlSpec>;
  readonly alertWebhookUrl?: string;
  /** Id of the milvus_credentials. */
  readonly clusterId: string;
  readonly caCertPem: string;
  readonly token: string;
  readonly minioRootUser: string;
  readonly minioRootPassword: string;
  readonly milvusRootPassword: string;
  readonly minioUser: string;
  readonly minioPassword: string;
  readonly pulsarTokenKey: string;
  readonly pulsarToken: string;
  /** Of an object store outside the cluster. */
  readonly s3AccessKey?: string;
  readonly s3SecretKey?: string;
  /** Of a Pulsar outside the cluster. */
  readonly externalPulsarToken?: string;
  /** Of a Kafka outside the cluster. */
  readonly kafkaUser?: string;
  readonly kafkaPassword?: string;
  readonly deletionProtection?: boolean;
  readonly deleteData?: boolean;
  readonly createTimeoutSeconds?: number;
  readonly deleteTimeoutSeconds?: number;
}

export interface StorageConfig {
  /** Names of the peers in the pool. */
  readonly peers: readonly string[];
  readonly drivesPerPeer: number;
  readonly parity?: number;
  readonly bucket?: string;
}

export interface QueueConfig {
  /** Name of the peer. */
  readonly host: string;
  readonly heapMb?: number;
  readonly directMemoryMb?: number;
}

/** A configuration, or what gives one at synth, when the construct tree is complete. */
type Late<T> = T | (() => T);

/** Terraform resource `milvus_cluster`: formed out of prepared peers. */
export class MilvusClusterResource extends MilvusResource {
  public static readonly tfResourceType = "milvus_cluster";

  constructor(
    scope: Construct,
    id: string,
    private readonly config: Late<MilvusClusterResourceConfig>,
    meta: TerraformMetaArguments = {},
  ) {
    super(scope, id, MilvusClusterResource.tfResourceType, typeof config === "function" ? meta : config);
  }

  public get id(): string {
    return this.getStringAttribute("id");
  }

  /** host:port of the first peer's load balancer. */
  public get endpoint(): string {
    return this.getStringAttribute("endpoint");
  }

  /** host:port of every peer's load balancer. */
  public get endpoints(): string[] {
    return this.getListAttribute("endpoints");
  }

  /** Daemons, CA and token as JSON, for the CLI. Sensitive. */
  public get context(): string {
    return this.getStringAttribute("context");
  }

  /** Name of the peer that leads the control plane. */
  public get leader(): string {
    return this.getStringAttribute("leader");
  }

  /** Number of the spec in force; every change counts it up. */
  public get generation(): number {
    return this.getNumberAttribute("generation");
  }

  /** What the layout survives, a line a layer. */
  public get resilience(): string[] {
    return this.getListAttribute("resilience");
  }

  /** Steps of the last change. */
  public get rollout(): string[] {
    return this.getListAttribute("rollout");
  }

  public get status(): string {
    return this.getStringAttribute("status");
  }

  protected override attributes(): Attributes {
    const c = typeof this.config === "function" ? this.config() : this.config;
    return {
      name: c.name,
      version: c.version,
      peers: c.peers.map(peerAttributes),
      storage: c.storage && storageAttributes(c.storage),
      queue: c.queue && queueAttributes(c.queue),
      ports: c.ports && portAttributes(c.ports),
      images: c.images && { ...c.images },
      registry: c.registry,
      registry_auth: c.registryAuth && {
        username: c.registryAuth.username,
        password: c.registryAuth.password,
      },
      data_root: c.dataRoot,
      config:
        c.config && Object.fromEntries(Object.entries(c.config).map(([key, value]) => [key, String(value)])),
      session_ttl_seconds: c.sessionTtlSeconds,
      load_balancing: c.loadBalancing,
      control: c.control && controlAttributes(c.control),
      alert_webhook_url: c.alertWebhookUrl,
      ...secretAttributes(c),
      deletion_protection: c.deletionProtection,
      delete_data: c.deleteData,
      timeouts: timeoutAttributes(c),
    };
  }
}

function secretAttributes(c: MilvusClusterResourceConfig): Attributes {
  return {
    cluster_id: c.clusterId,
    ca_cert_pem: c.caCertPem,
    token: c.token,
    minio_root_user: c.minioRootUser,
    minio_root_password: c.minioRootPassword,
    milvus_root_password: c.milvusRootPassword,
    minio_user: c.minioUser,
    minio_password: c.minioPassword,
    pulsar_token_key: c.pulsarTokenKey,
    pulsar_token: c.pulsarToken,
    s3_access_key: c.s3AccessKey,
    s3_secret_key: c.s3SecretKey,
    external_pulsar_token: c.externalPulsarToken,
    kafka_user: c.kafkaUser,
    kafka_password: c.kafkaPassword,
  };
}

function storageAttributes(s: StorageConfig): Attributes {
  return { peers: s.peers, drives_per_peer: s.drivesPerPeer, parity: s.parity, bucket: s.bucket };
}

function queueAttributes(q: QueueConfig): Attributes {
  return { host: q.host, heap_mb: q.heapMb, direct_memory_mb: q.directMemoryMb };
}

function portAttributes(p: Partial<Ports>): Attributes {
  return {
    lb: p.lb,
    milvus: p.milvus,
    daemon: p.daemon,
    etcd_client: p.etcdClient,
    etcd_peer: p.etcdPeer,
    minio: p.minio,
    minio_console: p.minioConsole,
    minio_local: p.minioLocal,
    pulsar: p.pulsar,
    pulsar_http: p.pulsarHttp,
    milvus_metrics_base: p.milvusMetricsBase,
  };
}

function controlAttributes(c: Partial<ControlSpec>): Attributes {
  return {
    leader_ttl_seconds: c.leaderTtlSeconds,
    job_retention_days: c.jobRetentionDays,
    watchdog: c.watchdog,
    alert_format: c.alertFormat,
  };
}

function timeoutAttributes(c: MilvusClusterResourceConfig): Attributes | undefined {
  if (c.createTimeoutSeconds === undefined && c.deleteTimeoutSeconds === undefined) return undefined;
  return { create: c.createTimeoutSeconds, delete: c.deleteTimeoutSeconds };
}
