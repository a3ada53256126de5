import type { TerraformMetaArguments } from "cdktf";
import type { Construct } from "constructs";
import type { Attributes } from "./attributes";
import { MilvusResource } from "./milvus-resource";

export interface MilvusCredentialsConfig extends TerraformMetaArguments {
  readonly clusterName: string;
  /**
   * Another number replaces the token.
   * @default 1
   */
  readonly tokenGeneration?: number;
  /**
   * Another number replaces the passwords of Milvus' root and of MinIO's users.
   * @default 1
   */
  readonly secretsGeneration?: number;
}

/** Terraform resource `milvus_credentials`: the cluster's certificate authority and every secret, generated once. */
export class MilvusCredentials extends MilvusResource {
  public static readonly tfResourceType = "milvus_credentials";

  constructor(
    scope: Construct,
    id: string,
    private readonly config: MilvusCredentialsConfig,
  ) {
    super(scope, id, MilvusCredentials.tfResourceType, config);
  }

  /** Id of the cluster. */
  public get id(): string {
    return this.getStringAttribute("id");
  }

  public get caCertPem(): string {
    return this.getStringAttribute("ca_cert_pem");
  }

  /** Sensitive. */
  public get caKeyPem(): string {
    return this.getStringAttribute("ca_key_pem");
  }

  /** Bearer token of the daemons' API. Sensitive. */
  public get token(): string {
    return this.getStringAttribute("token");
  }

  /** Sensitive. */
  public get minioRootUser(): string {
    return this.getStringAttribute("minio_root_user");
  }

  /** Sensitive. */
  public get minioRootPassword(): string {
    return this.getStringAttribute("minio_root_password");
  }

  /** Sensitive. */
  public get milvusRootPassword(): string {
    return this.getStringAttribute("milvus_root_password");
  }

  /** MinIO user that Milvus is. Sensitive. */
  public get minioUser(): string {
    return this.getStringAttribute("minio_user");
  }

  /** Sensitive. */
  public get minioPassword(): string {
    return this.getStringAttribute("minio_password");
  }

  /** Key with which the cluster's own Pulsar checks tokens, base64. Sensitive. */
  public get pulsarTokenKey(): string {
    return this.getStringAttribute("pulsar_token_key");
  }

  /** Token that Milvus presents to the cluster's own Pulsar. Sensitive. */
  public get pulsarToken(): string {
    return this.getStringAttribute("pulsar_token");
  }

  protected override attributes(): Attributes {
    const { clusterName, tokenGeneration, secretsGeneration } = this.config;
    return {
      cluster_name: clusterName,
      token_generation: tokenGeneration,
      secrets_generation: secretsGeneration,
    };
  }
}
