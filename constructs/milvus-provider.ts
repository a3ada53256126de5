import { join } from "node:path";
import { TerraformProvider, TerraformStack, type ISynthesisSession } from "cdktf";
import { addCustomSynthesis } from "cdktf/lib/synthesize/synthesizer";
import type { Construct, IConstruct } from "constructs";
import { addProviderWhenMissing } from "./private/default-provider";
import type { RequiredProvider } from "./private/lock-file";
import { builtProgram, packageVersion } from "./private/package";
import { PROVIDER_METADATA, PROVIDER_NAME, PROVIDER_SOURCE } from "./private/provider-identity";
import { placeProvider } from "./private/provider-placement";

/**
 * The Terraform provider `milvus` in a stack. It is added by itself to every stack that needs it and takes no settings.
 *
 * The provider travels with this package: synthesis copies it into the stack's folder (`terraform.d/plugins`), where
 * Terraform and OpenTofu find it without a registry, for linux and darwin on amd64 and arm64, and writes its hash to
 * `.terraform.lock.hcl`. `cdktf diff`, `deploy` and `destroy` then need neither network nor flags. The machine that runs
 * Terraform needs Node >= 20 on its PATH.
 *
 * A `provider_installation` block in the CLI configuration (~/.terraformrc or TF_CLI_CONFIG_FILE) switches Terraform's own
 * search of `terraform.d/plugins` off. Such a machine needs these lines in that block:
 *
 * ```hcl
 * filesystem_mirror {
 *   path    = "terraform.d/plugins"
 *   include = ["milvus-onprem.internal/*\/*"]
 * }
 * ```
 *
 * and an `exclude` of the same pattern in its `direct` block, where it has one.
 */
export class MilvusProvider extends TerraformProvider {
  public static readonly tfResourceType = PROVIDER_NAME;

  /** Adds the provider to the stack of `scope` at synth, unless it has one by then. */
  public static addTo(scope: IConstruct): void {
    addProviderWhenMissing(
      scope,
      PROVIDER_NAME,
      (stack) => new MilvusProvider(stack, "cdktf-milvus-onprem-milvus"),
    );
  }

  constructor(scope: Construct, id: string) {
    super(scope, id, {
      terraformResourceType: PROVIDER_NAME,
      terraformGeneratorMetadata: PROVIDER_METADATA,
      terraformProviderSource: PROVIDER_SOURCE,
    });
    addCustomSynthesis(this, { onSynthesize: (session) => this.place(session) });
  }

  /** Terraform before 1.3 has no optional attributes of nested objects. */
  public override toTerraform(): { terraform: object } {
    const json = super.toTerraform();
    return { ...json, terraform: { ...json.terraform, required_version: ">= 1.3.0" } };
  }

  private place(session: ISynthesisSession): void {
    const stack = TerraformStack.of(this);
    const { workingDirectory } = session.manifest.forStack(stack);
    const directory = join(session.outdir, workingDirectory);
    placeProvider(
      directory,
      builtProgram("terraform-provider-milvus"),
      packageVersion,
      requiredProviders(stack),
    );
  }
}

/** What `terraform.required_providers` of the stack will be, without synthesising all the rest once more. */
function requiredProviders(stack: TerraformStack): RequiredProvider[] {
  const fragments: Fragment[] = [...stack.allProviders().map((p) => p.toTerraform()), stack["rawOverrides"]];
  return Object.values(Object.assign({}, ...fragments.map((f) => f.terraform?.required_providers)));
}

interface Fragment {
  readonly terraform?: { readonly required_providers?: Readonly<Record<string, RequiredProvider>> };
}
