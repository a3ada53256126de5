import { TerraformDataSource, type TerraformMetaArguments } from "cdktf";
import type { Construct } from "constructs";
import { MilvusProvider } from "../milvus-provider";
import { PROVIDER_METADATA } from "../private/provider-identity";
import { hclAttributes, type Attributes } from "./attributes";
import { peerAttributes, type PeerReference } from "./peer-attributes";

export interface DataMilvusStatusConfig extends TerraformMetaArguments {
  readonly peers: readonly PeerReference[];
  readonly caCertPem: string;
  readonly token: string;
  /**
   * Port of the daemons' API.
   * @default 19500
   */
  readonly daemonPort?: number;
}

/** Terraform data source `milvus_status`: health of a cluster and of every component. */
export class DataMilvusStatus extends TerraformDataSource {
  public static readonly tfResourceType = "milvus_status";

  constructor(
    scope: Construct,
    id: string,
    private readonly config: DataMilvusStatusConfig,
  ) {
    super(scope, id, {
      terraformResourceType: DataMilvusStatus.tfResourceType,
      terraformGeneratorMetadata: PROVIDER_METADATA,
      provider: config.provider,
      dependsOn: config.dependsOn,
      count: config.count,
      lifecycle: config.lifecycle,
      forEach: config.forEach,
    });
    MilvusProvider.addTo(this);
  }

  /** ok, degraded, down, stopped, unformed or unreachable. */
  public get health(): string {
    return this.getStringAttribute("health");
  }

  public get leader(): string {
    return this.getStringAttribute("leader");
  }

  /** Everything that `milvus-onprem status` knows, as JSON. */
  public get json(): string {
    return this.getStringAttribute("json");
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.attributes() };
  }

  protected override synthesizeHclAttributes(): Record<string, unknown> {
    return hclAttributes(this.attributes());
  }

  private attributes(): Attributes {
    const { peers, caCertPem, token, daemonPort } = this.config;
    return { peers: peers.map(peerAttributes), ca_cert_pem: caCertPem, token, daemon_port: daemonPort };
  }
}
