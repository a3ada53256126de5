import type { IResolvable, TerraformMetaArguments } from "cdktf";
import type { Construct } from "constructs";
import type { RegistryAuth } from "../registry-auth";
import type { SshProps } from "../ssh";
import type { Attributes } from "./attributes";
import { MilvusResource } from "./milvus-resource";
import { sshAttributes } from "./ssh-attributes";

export interface MilvusPeerResourceConfig extends TerraformMetaArguments {
  readonly name: string;
  readonly address: string;
  readonly ssh: SshProps;
  /** Id of the milvus_credentials. */
  readonly clusterId: string;
  readonly caCertPem: string;
  readonly caKeyPem: string;
  readonly token: string;
  /** Image of the daemon. */
  readonly daemonImage: string;
  readonly daemonPort?: number;
  readonly dataRoot?: string;
  /** Mount points of the drives that MinIO uses. */
  readonly mountPoints?: readonly string[] | IResolvable;
  /** Directories of components whose data is outside of `dataRoot`. */
  readonly dataDirs?: readonly string[] | IResolvable;
  readonly installDocker?: boolean;
  readonly allowReboot?: boolean;
  /** URL of the proxy through which Docker is installed; sensitive. */
  readonly proxy?: string;
  readonly imageArchive?: string;
  readonly registryAuth?: RegistryAuth;
  /** Ports that must be free on the VM. */
  readonly requiredPorts?: readonly number[] | IResolvable;
  /** host:port of every other peer that this one must be able to reach. */
  readonly reachability?: readonly string[] | IResolvable;
}

/** Terraform resource `milvus_peer`: one VM made ready over SSH, its daemon running and not yet a member. */
export class MilvusPeerResource extends MilvusResource {
  public static readonly tfResourceType = "milvus_peer";

  constructor(
    scope: Construct,
    id: string,
    private readonly config: MilvusPeerResourceConfig,
  ) {
    super(scope, id, MilvusPeerResource.tfResourceType, config);
  }

  public get id(): string {
    return this.getStringAttribute("id");
  }

  /** Host key that the VM presented when it was made ready. */
  public get recordedHostKey(): string {
    return this.getStringAttribute("recorded_host_key");
  }

  /** Version of the daemon that runs on the VM. */
  public get daemonVersion(): string {
    return this.getStringAttribute("daemon_version");
  }

  /** One fact about the VM: os, arch, kernel, cpus, memory_mb or docker_version. */
  public fact(name: string): string {
    return this.getStringAttribute(`facts.${name}`);
  }

  protected override attributes(): Attributes {
    const c = this.config;
    return {
      name: c.name,
      address: c.address,
      ssh: sshAttributes(c.ssh),
      cluster_id: c.clusterId,
      ca_cert_pem: c.caCertPem,
      ca_key_pem: c.caKeyPem,
      token: c.token,
      daemon_image: c.daemonImage,
      daemon_port: c.daemonPort,
      data_root: c.dataRoot,
      mount_points: c.mountPoints,
      data_dirs: c.dataDirs,
      install_docker: c.installDocker,
      allow_reboot: c.allowReboot,
      proxy: c.proxy,
      image_archive: c.imageArchive,
      registry_auth: c.registryAuth && {
        username: c.registryAuth.username,
        password: c.registryAuth.password,
      },
      required_ports: c.requiredPorts,
      reachability: c.reachability,
    };
  }
}
