import { TerraformResource, type TerraformMetaArguments } from "cdktf";
import type { Construct } from "constructs";
import { MilvusProvider } from "../milvus-provider";
import { PROVIDER_METADATA } from "../private/provider-identity";
import { hclAttributes, type Attributes } from "./attributes";

/** What the resources of our provider have in common: the provider itself, and attributes without blocks. */
export abstract class MilvusResource extends TerraformResource {
  constructor(scope: Construct, id: string, type: string, meta: TerraformMetaArguments) {
    super(scope, id, {
      terraformResourceType: type,
      terraformGeneratorMetadata: PROVIDER_METADATA,
      provider: meta.provider,
      dependsOn: meta.dependsOn,
      count: meta.count,
      lifecycle: meta.lifecycle,
      provisioners: meta.provisioners,
      connection: meta.connection,
      forEach: meta.forEach,
    });
    MilvusProvider.addTo(this);
  }

  /** Attributes by their Terraform names. */
  protected abstract attributes(): Attributes;

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.attributes() };
  }

  protected override synthesizeHclAttributes(): Record<string, unknown> {
    return hclAttributes(this.attributes());
  }
}
