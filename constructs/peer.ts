import type { ITerraformDependable } from "cdktf";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import type { RoleName } from "../lib/spec/spec";
import type { PeerReference } from "./bindings/peer-attributes";
import { MilvusPeerResource } from "./bindings/milvus-peer-resource";
import { MilvusCluster } from "./milvus-cluster";
import { peerImportId } from "./private/import-ids";
import { nameAtSynth } from "./private/name-at-synth";
import { isTagged, PEER, tag } from "./private/tag";
import { sshProblems } from "./private/ssh-problems";
import { fileProblems, proxyProblems } from "./private/value-problems";
import type { SshProps } from "./ssh";

export interface PeerProps {
  /** Address (IP or host name) at which clients and the other peers reach it. */
  readonly address: string;

  /** How the machine that runs Terraform logs in to the VM. */
  readonly ssh: SshProps;

  /**
   * Name of the peer, a DNS label; also its etcd member name.
   * @default - the construct's id
   */
  readonly name?: string;

  /**
   * Roles of Milvus that it runs: `coord`, `proxy`, `query`, `data`, and `index` up to 2.5 or `streaming` from 2.6. A peer with
   * `["query"]` alone is a dedicated query peer; it still has an etcd member and a load balancer.
   * @default - every role of the version
   */
  readonly roles?: readonly RoleName[];

  /**
   * Install Docker when the VM has none: docker-ce where its repositories have it, else the distribution's package.
   * @default - as the cluster says
   */
  readonly installDocker?: boolean;

  /**
   * Let the peer's daemon reboot the VM for `milvus-onprem reboot`: a unit of systemd does so when the daemon asks. Without it the
   * command waits until somebody has rebooted the VM.
   * @default - as the cluster says
   */
  readonly allowReboot?: boolean;

  /**
   * URL of the proxy through which Docker is installed, and through which the engine that we install pulls; an engine that
   * was there is never changed. It may hold a password: give it as a sensitive variable.
   * @default - none
   */
  readonly proxy?: string;

  /**
   * Archive of images (`docker save`, .tar or .tar.gz) on the machine that runs Terraform, sent over SSH and loaded: an
   * absolute path, or one that starts with `~/`.
   * @default - as the cluster says
   */
  readonly imageArchive?: string;
}

/** One VM of a cluster. Peers are members in the order in which they are constructed. */
export class Peer extends Construct implements ITerraformDependable {
  public static isPeer(x: unknown): x is Peer {
    return isTagged(x, PEER);
  }

  public readonly cluster: MilvusCluster;
  public readonly peerName: string;
  public readonly address: string;
  public readonly ssh: SshProps;
  /** As they were given. */
  public readonly roles?: readonly RoleName[];
  private readonly resource: MilvusPeerResource;

  /** @param scope the MilvusCluster, or a construct below it */
  constructor(scope: Construct, id: string, props: PeerProps) {
    super(scope, id);
    tag(this, PEER);
    this.cluster = MilvusCluster.of(this);
    this.peerName = nameAtSynth(this, props.name);
    this.address = props.address;
    this.ssh = props.ssh;
    this.roles = props.roles;
    this.resource = this.createResource(props);
    const { importFrom } = this.cluster.props;
    if (importFrom)
      this.resource.importFrom(Lazy.stringValue({ produce: () => peerImportId(this, importFrom) }));
    this.node.addValidation({ validate: () => this.validate(props) });
  }

  /** Address of the milvus_peer in Terraform, for `dependsOn`. */
  public get fqn(): string {
    return this.resource.fqn;
  }

  /** Host key that the VM presented when it was made ready. */
  public get recordedHostKey(): string {
    return this.resource.recordedHostKey;
  }

  /** Version of the daemon that runs on the VM. */
  public get daemonVersion(): string {
    return this.resource.daemonVersion;
  }

  /** One fact about the VM: os, arch, kernel, cpus, memory_mb or docker_version. */
  public fact(name: string): string {
    return this.resource.fact(name);
  }

  /** How other resources refer to this peer: they then wait until it is prepared. */
  public get reference(): PeerReference {
    const { peerName: name, address, ssh, roles, resource } = this;
    return { name, address, ssh, roles, peerId: resource.id, hostKey: resource.recordedHostKey };
  }

  private createResource(props: PeerProps): MilvusPeerResource {
    const { cluster } = this;
    return new MilvusPeerResource(this, "Default", {
      // A peer leaves its cluster before its VM goes, and a VM that takes its place is there before that.
      lifecycle: { createBeforeDestroy: true },
      name: this.peerName,
      address: this.address,
      ssh: this.ssh,
      clusterId: cluster.credentials.id,
      caCertPem: cluster.credentials.caCertPem,
      caKeyPem: cluster.credentials.caKeyPem,
      token: cluster.credentials.token,
      daemonImage: Lazy.stringValue({ produce: () => cluster.model.daemonImage }),
      daemonPort: cluster.props.ports?.daemon,
      dataRoot: cluster.props.dataRoot,
      mountPoints: Lazy.anyValue({ produce: () => cluster.model.mountPointsOf(this) }),
      dataDirs: Lazy.anyValue({ produce: () => cluster.model.dataDirsOf(this) }),
      installDocker: props.installDocker ?? cluster.props.installDocker,
      allowReboot: props.allowReboot ?? cluster.props.allowReboot,
      proxy: props.proxy,
      imageArchive: props.imageArchive ?? cluster.props.imageArchive,
      registryAuth: cluster.props.registryAuth,
      requiredPorts: Lazy.anyValue({ produce: () => cluster.model.portsOf(this) }),
      reachability: Lazy.anyValue({ produce: () => cluster.model.reachabilityOf(this) }),
    });
  }

  private validate(props: PeerProps): string[] {
    return [
      ...this.cluster.model.errorsOf(this),
      ...sshProblems(this.ssh),
      ...fileProblems("imageArchive", props.imageArchive),
      ...proxyProblems("proxy", props.proxy),
    ];
  }
}
