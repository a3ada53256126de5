import { Annotations, Aspects, Lazy, TerraformStack, type ITerraformDependable } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import type { MilvusConfig } from "../lib/spec/common-config";
import type { OnDestroy } from "../lib/spec/on-destroy";
import type {
  ClientTls,
  Component,
  ConfigValue,
  ControlSpec,
  DataDir,
  Images,
  Limits,
  LoadBalancing,
  Mode,
  Ports,
} from "../lib/spec/spec";
import type { BackupsProps, RestoreFromProps } from "./backups";
import { MilvusClusterResource, type MilvusClusterResourceConfig } from "./bindings/milvus-cluster-resource";
import { MilvusCredentials } from "./bindings/milvus-credentials";
import type { MilvusVersion } from "./milvus-version";
import type { Peer } from "./peer";
import { backupSecrets, backupsInput } from "./private/backups-input";
import { ClusterModel } from "./private/cluster-model";
import { clusterImportId, importProblems } from "./private/import-ids";
import { honourNodeDependencies } from "./private/node-dependencies";
import { nameAtSynth } from "./private/name-at-synth";
import { outsideSecrets } from "./private/outside-secrets";
import { queueInput } from "./private/queue-input";
import { securityInput } from "./private/spec-input";
import { storageInput } from "./private/storage-input";
import { isTagged, MILVUS_CLUSTER, tag } from "./private/tag";
import { fileProblems, secondsProblems, webhookProblems } from "./private/value-problems";
import type { RegistryAuth } from "./registry-auth";

export interface FirewallProps {
  /** Networks (CIDR) from which clients reach the load balancers. */
  readonly clients: readonly string[];

  /**
   * Networks (CIDR) from which operators reach the daemons.
   * @default - none; over SSH they are reached all the same
   */
  readonly operators?: readonly string[];
}

/** What an import needs that no peer tells. */
export interface ImportProps {
  /**
   * File with the token of the daemons' API on the machine that runs Terraform: an absolute path, or one that starts with `~/`. `init`
   * printed it; `milvus-onprem rotate-token --print` on a peer makes and shows another one.
   */
  readonly tokenFile: string;

  /**
   * File with the private key of the cluster's authority, where Terraform has made the cluster and lost its state.
   * @default - the peers have it: `init` has made the cluster
   */
  readonly caKeyFile?: string;
}

export interface MilvusClusterProps {
  /** Version of Milvus. */
  readonly version: MilvusVersion;

  /**
   * `cluster`: a process for each role. `standalone`: one process with all roles, on one peer.
   * @default "cluster"
   */
  readonly mode?: Mode;

  /**
   * Name of the cluster, a DNS label.
   * @default - the construct's id
   */
  readonly name?: string;

  /**
   * Image registry (`registry.example:5000`) that replaces the host of every default image.
   * @default - each image from where its project publishes it
   */
  readonly registry?: string;

  /**
   * Credentials of the image registry.
   * @default - anonymous
   */
  readonly registryAuth?: RegistryAuth;

  /**
   * Full image references that replace the default ones, by component.
   * @default - images that are known to work with the version
   */
  readonly images?: Partial<Images>;

  /**
   * Ports that replace the default ones; known at synth.
   * @default - load balancer 19537, Milvus 19530, daemon 19500, etcd 2379 and 2380, MinIO 9000 and 9001, Pulsar 6650 and 8080
   */
  readonly ports?: Partial<Ports>;

  /**
   * Absolute directory on every VM that holds all data.
   * @default "/var/lib/milvus-onprem"
   */
  readonly dataRoot?: string;

  /**
   * Absolute directories on every VM for the data of `etcd`, `milvus` or `pulsar`, where it is on a disk of its own.
   * @default - below the data root
   */
  readonly dataDirs?: Readonly<Partial<Record<DataDir, string>>>;

  /**
   * Most memory (MiB) and CPUs of a component, on every peer that runs it, e.g. `{ query: { memoryMb: 8192, cpus: 2 } }`. By the
   * names of roles, `standalone`, `etcd`, `minio`, `pulsar` and `nginx`.
   * @default - no limits
   */
  readonly resources?: Readonly<Partial<Record<Component, Limits>>>;

  /**
   * Settings of Milvus by dotted key, e.g. `{ "queryNode.gracefulStopTimeout": 60 }`, laid over the rendered ones. The common ones
   * are typed; all are checked against what the version knows.
   * @default - no more than what the library renders
   */
  readonly config?: MilvusConfig;

  /**
   * Milvus asks its clients for a password; that of `root` is generated.
   * @default true
   */
  readonly authentication?: boolean;

  /**
   * TLS on the client port: `server` (clients check Milvus' certificate, which the cluster's CA signs) or `mutual` (they show one of
   * that CA, too). REST then has a port of its own, `ports.milvusRest`.
   * @default "off"
   */
  readonly clientTls?: ClientTls;

  /**
   * TLS among the roles of Milvus; 2.5 and later.
   * @default false
   */
  readonly internalTls?: boolean;

  /**
   * Generate an nftables ruleset on every peer that closes our ports to all but the peers and these networks. Nothing loads it by
   * itself: see docs/hardening.md.
   * @default - none is generated
   */
  readonly firewall?: FirewallProps;

  /**
   * Seconds that a Milvus session outlives a dead process: the floor of every coordinator failover.
   * @default 5
   */
  readonly sessionTtlSeconds?: number;

  /**
   * MiB that etcd's database may take, from 64 to 8192. At its quota etcd takes no writes (alarm NOSPACE), and Milvus stands still:
   * see docs/rescue.md. A change restarts etcd, one member at a time.
   * @default 4096
   */
  readonly etcdQuotaMb?: number;

  /**
   * Whom a peer's load balancer prefers. `local`: its own peer's proxy, the others while that one is down: a dead VM is
   * noticed only by clients that are connected to it. `spread`: the proxy with the fewest connections, on any peer.
   * @default "local"
   */
  readonly loadBalancing?: LoadBalancing;

  /**
   * How the daemons run the cluster: `leaderTtlSeconds` (seconds after which a dead leader is succeeded, 3 to 60, default 10),
   * `jobRetentionDays` (default 30), `watchdog` ("auto" restarts sick containers, "monitor" only tells of them),
   * `alertFormat` ("alertmanager" or "slack"), `backupBeforeUpgrade` (default false: a snapshot of etcd is taken all the same).
   * @default - the defaults named above
   */
  readonly control?: Partial<ControlSpec>;

  /**
   * Where backups lie (`target`), which the leader makes by itself (`schedule`, `timeZone`), which of those stay (`keep`), and when one is
   * tried (`drillSchedule`).
   * @default - in the cluster's bucket, and none is made by itself
   */
  readonly backups?: BackupsProps;

  /**
   * What the cluster is to hold once it is formed: a backup by its name, or "latest". It lies in the target of `backups`, or in the
   * `ExternalS3`, below the prefix of the cluster that it is of. Says nothing of a cluster that is there, so it may stay in the program.
   * @default - the cluster begins empty
   */
  readonly restoreFrom?: RestoreFromProps;

  /**
   * URL to which alerts are posted, besides the daemons' log. Treated as a secret, for such URLs often carry a key.
   * @default - alerts are in the daemons' log alone
   */
  readonly alertWebhookUrl?: string;

  /**
   * Install Docker from the distribution's packages on VMs that have none.
   * @default false
   */
  readonly installDocker?: boolean;

  /**
   * Let the daemons reboot their VMs for `milvus-onprem reboot`, one after the other.
   * @default false
   */
  readonly allowReboot?: boolean;

  /**
   * Archive of images (`docker save`, .tar or .tar.gz) on the machine that runs Terraform, sent to every VM over SSH and
   * loaded: an absolute path, or one that starts with `~/`.
   * @default - VMs pull every image from its registry
   */
  readonly imageArchive?: string;

  /**
   * Refuse to destroy the cluster.
   * @default true
   */
  readonly deletionProtection?: boolean;

  /**
   * What becomes of the data when the cluster is destroyed: `keep_data` leaves it on the VMs, `delete_data` deletes it.
   * @default "keep_data"
   */
  readonly onDestroy?: OnDestroy;

  /**
   * Another number replaces the token of the daemons' API.
   * @default 1
   */
  readonly tokenGeneration?: number;

  /**
   * Another number replaces the passwords of Milvus' root (`rootPassword`) and of MinIO's users, without downtime but for clients
   * that log in as root: they need the new one when the change says so.
   * @default 1
   */
  readonly secretsGeneration?: number;

  /**
   * Take over a cluster that is there already, instead of forming one: its first plan imports, and shows what the program says
   * otherwise. To be removed once that is applied. Peers need an `ssh` with `privateKeyFile` or an agent.
   * @default - the cluster is formed
   */
  readonly importFrom?: ImportProps;

  /**
   * Seconds that forming the cluster may take.
   * @default 1800
   */
  readonly createTimeoutSeconds?: number;

  /**
   * Seconds that a change of the formed cluster may take.
   * @default 7200
   */
  readonly updateTimeoutSeconds?: number;

  /**
   * Seconds that tearing the cluster down may take.
   * @default 600
   */
  readonly deleteTimeoutSeconds?: number;
}

/**
 * A Milvus cluster. Construct its `Peer`s, its storage (`MinioWidePool`, `MinioHostPools` or `ExternalS3`) and, for Milvus up to 2.5,
 * its queue (`PulsarSingleton`, `ExternalPulsar` or `ExternalKafka`) below it, in any order.
 *
 * Its outputs are tokens. `dependsOn: [cluster]` and `node.addDependency(cluster)` wait until the cluster is formed.
 */
export class MilvusCluster extends Construct implements ITerraformDependable {
  public static isMilvusCluster(x: unknown): x is MilvusCluster {
    return isTagged(x, MILVUS_CLUSTER);
  }

  /** The cluster that a construct is in. Throws when it is in none. */
  public static of(construct: IConstruct): MilvusCluster {
    const cluster = [...construct.node.scopes].reverse().find(MilvusCluster.isMilvusCluster);
    if (cluster) return cluster;
    throw new Error(
      `${construct.node.path} is not in a MilvusCluster; pass the cluster, or a construct below it, as scope`,
    );
  }

  public readonly clusterName: string;
  /** Certificate authority and secrets of the cluster. */
  public readonly credentials: MilvusCredentials;
  /** @internal */
  public readonly model: ClusterModel;
  private readonly resource: MilvusClusterResource;

  constructor(
    scope: Construct,
    id: string,
    /** What the cluster was made with. */
    public readonly props: MilvusClusterProps,
  ) {
    super(scope, id);
    tag(this, MILVUS_CLUSTER);
    this.clusterName = nameAtSynth(this, props.name);
    this.credentials = new MilvusCredentials(this, "credentials", {
      clusterName: this.clusterName,
      tokenGeneration: props.tokenGeneration,
      secretsGeneration: props.secretsGeneration,
    });
    this.resource = new MilvusClusterResource(this, "Default", () => this.resourceConfig());
    this.model = new ClusterModel(this);
    if (props.importFrom) this.importFrom(props.importFrom);
    this.node.addValidation({ validate: () => this.validate() });
    Aspects.of(this).add({ visit: (node) => node === this && this.warn() });
    honourNodeDependencies(TerraformStack.of(this));
  }

  /** Address of the milvus_cluster in Terraform, for `dependsOn`. */
  public get fqn(): string {
    return this.resource.fqn;
  }

  /** Id of the cluster. */
  public get id(): string {
    return this.resource.id;
  }

  /** host:port of the first peer's load balancer. */
  public get endpoint(): string {
    return this.resource.endpoint;
  }

  /** host:port of every peer's load balancer. */
  public get endpoints(): string[] {
    return this.resource.endpoints;
  }

  /**
   * How the CLI reaches the cluster, as JSON: make it an output and `terraform output -json | milvus-onprem context add NAME
   * --from -`. Sensitive, for it holds the token: an output of it must be, too.
   */
  public get context(): string {
    return this.resource.context;
  }

  /** Name of the peer that leads the control plane when Terraform last looked. */
  public get leader(): string {
    return this.resource.leader;
  }

  /** Number of the specification in force; every change of the cluster counts it up. */
  public get generation(): number {
    return this.resource.generation;
  }

  /** Password of Milvus' user `root`. Sensitive: an output of it must be, too. */
  public get rootPassword(): string {
    return this.credentials.milvusRootPassword;
  }

  /** Certificate of the cluster's authority, which the daemons' certificates are checked with. */
  public get caCertPem(): string {
    return this.credentials.caCertPem;
  }

  /** The peers constructed so far, in order. */
  public get peers(): Peer[] {
    return [...this.model.members.peers];
  }

  private importFrom(from: ImportProps): void {
    const id = Lazy.stringValue({ produce: () => clusterImportId(this, from) });
    for (const resource of [this.credentials, this.resource]) resource.importFrom(id);
  }

  private resourceConfig(): MilvusClusterResourceConfig {
    const { props, credentials } = this;
    const { members } = this.model;
    return {
      ...props,
      name: this.clusterName,
      version: props.version.name,
      peers: members.peers.map((p) => p.reference),
      storage: storageInput(members),
      queue: queueInput(members),
      security: securityInput(props),
      config: props.config as Record<string, ConfigValue> | undefined,
      ...outsideSecrets(members),
      backups: props.backups && backupsInput(props.backups),
      ...(props.backups && backupSecrets(props.backups)),
      clusterId: credentials.id,
      caCertPem: credentials.caCertPem,
      token: credentials.token,
      minioRootUser: credentials.minioRootUser,
      minioRootPassword: credentials.minioRootPassword,
      milvusRootPassword: credentials.milvusRootPassword,
      minioUser: credentials.minioUser,
      minioPassword: credentials.minioPassword,
      pulsarTokenKey: credentials.pulsarTokenKey,
      pulsarToken: credentials.pulsarToken,
    };
  }

  /** Once each, however often the tree is synthesised. */
  private warn(): void {
    for (const { construct, message } of this.model.warnings) {
      const known = construct.node.metadata.some((m) => m.data === message);
      if (!known) Annotations.of(construct).addWarning(message);
    }
  }

  private validate(): string[] {
    const { props } = this;
    return [
      ...this.model.errorsOf(this),
      ...(props.importFrom ? importProblems(this, props.importFrom) : []),
      ...fileProblems("imageArchive", props.imageArchive),
      ...webhookProblems("alertWebhookUrl", props.alertWebhookUrl),
      ...secondsProblems("createTimeoutSeconds", props.createTimeoutSeconds),
      ...secondsProblems("updateTimeoutSeconds", props.updateTimeoutSeconds),
      ...secondsProblems("deleteTimeoutSeconds", props.deleteTimeoutSeconds),
    ];
  }
}
