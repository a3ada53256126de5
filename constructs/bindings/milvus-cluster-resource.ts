import { Token, type TerraformMetaArguments } from "cdktf";
import type { Construct } from "constructs";
import type {
  BackupsInput,
  ClusterSpecInput,
  ConfigValue,
  ControlSpec,
  Images,
  LoadBalancing,
  Ports,
} from "../../lib/spec/spec";
import type { OnDestroy } from "../../lib/spec/on-destroy";
import type { RegistryAuth } from "../registry-auth";
import { snakeKeys, type Attributes } from "./attributes";
import { MilvusResource } from "./milvus-resource";
import { peerAttributes, type PeerReference } from "./peer-attributes";

export interface MilvusClusterResourceConfig extends TerraformMetaArguments {
  readonly name: string;
  readonly version: string;
  readonly peers: readonly PeerReference[];
  readonly mode?: ClusterSpecInput["mode"];
  readonly storage?: ClusterSpecInput["storage"];
  readonly queue?: ClusterSpecInput["queue"];
  readonly security?: ClusterSpecInput["security"];
  readonly ports?: Partial<Ports>;
  readonly images?: Partial<Images>;
  readonly registry?: string;
  readonly registryAuth?: RegistryAuth;
  readonly dataRoot?: string;
  readonly dataDirs?: ClusterSpecInput["dataDirs"];
  readonly resources?: ClusterSpecInput["resources"];
  readonly config?: Readonly<Record<string, ConfigValue>>;
  readonly sessionTtlSeconds?: number;
  readonly etcdQuotaMb?: number;
  readonly loadBalancing?: LoadBalancing;
  readonly control?: Partial<ControlSpec>;
  readonly backups?: BackupsInput;
  readonly restoreFrom?: { readonly backup: string };
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
  /** That of the milvus_credentials. */
  readonly secretsGeneration?: number;
  /** Of an object store outside the cluster. */
  readonly s3AccessKey?: string;
  readonly s3SecretKey?: string;
  /** Of a Pulsar outside the cluster. */
  readonly externalPulsarToken?: string;
  /** Of a Kafka outside the cluster. */
  readonly kafkaUser?: string;
  readonly kafkaPassword?: string;
  /** Of the store in `backups.target`. */
  readonly backupAccessKey?: string;
  readonly backupSecretKey?: string;
  /** Of `backups.encryption`. */
  readonly backupIdentity?: string;
  readonly deletionProtection?: boolean;
  readonly onDestroy?: OnDestroy;
  readonly createTimeoutSeconds?: number;
  readonly updateTimeoutSeconds?: number;
  readonly deleteTimeoutSeconds?: number;
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

  /** How each link of the data plane is protected, a line a link. */
  public get links(): string[] {
    return this.getListAttribute("links");
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
      mode: c.mode,
      storage: snakeKeys(c.storage),
      queue: snakeKeys(c.queue),
      security: snakeKeys(c.security),
      ports: snakeKeys(c.ports),
      images: snakeKeys(c.images),
      registry: c.registry,
      registry_auth: c.registryAuth && {
        username: c.registryAuth.username,
        password: c.registryAuth.password,
      },
      data_root: c.dataRoot,
      data_dirs: c.dataDirs && { ...c.dataDirs },
      resources: snakeKeys(c.resources),
      config:
        c.config && Object.fromEntries(Object.entries(c.config).map(([key, value]) => [key, text(value)])),
      session_ttl_seconds: c.sessionTtlSeconds,
      etcd_quota_mb: c.etcdQuotaMb,
      load_balancing: c.loadBalancing,
      control: snakeKeys(c.control),
      backups: snakeKeys(c.backups),
      restore_from: snakeKeys(c.restoreFrom),
      alert_webhook_url: c.alertWebhookUrl,
      ...secretAttributes(c),
      secrets_generation: c.secretsGeneration,
      deletion_protection: c.deletionProtection,
      on_destroy: c.onDestroy,
      timeouts: timeoutAttributes(c),
    };
  }
}

/** A number that is a token would lose it in String(). */
function text(value: ConfigValue): string {
  return Token.isUnresolved(value) ? Token.asString(value) : String(value);
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
    backup_access_key: c.backupAccessKey,
    backup_secret_key: c.backupSecretKey,
    backup_identity: c.backupIdentity,
  };
}

function timeoutAttributes(c: MilvusClusterResourceConfig): Attributes | undefined {
  const seconds = {
    create: c.createTimeoutSeconds,
    update: c.updateTimeoutSeconds,
    delete: c.deleteTimeoutSeconds,
  };
  return Object.values(seconds).every((s) => s === undefined) ? undefined : seconds;
}
