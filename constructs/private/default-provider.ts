import { Aspects, TerraformStack, type IAspect, type TerraformProvider } from "cdktf";
import type { IConstruct } from "constructs";

/**
 * Gives the stack a provider when it is synthesised and has none of that name by then. At synth, not earlier, because a
 * user may still construct one of his own, and Terraform refuses two.
 */
export function addProviderWhenMissing(scope: IConstruct, name: string, create: CreateProvider): void {
  const stack = TerraformStack.of(scope);
  const aspects = Aspects.of(stack);
  const present = aspects.all.some((a) => a instanceof ProviderWhenMissing && a.name === name);
  if (!present) aspects.add(new ProviderWhenMissing(stack, name, create));
}

type CreateProvider = (stack: TerraformStack) => TerraformProvider;

class ProviderWhenMissing implements IAspect {
  constructor(
    private readonly stack: TerraformStack,
    readonly name: string,
    private readonly create: CreateProvider,
  ) {}

  visit(node: IConstruct): void {
    if (node !== this.stack) return;
    const named = this.stack
      .allProviders()
      .filter((p) => p.terraformGeneratorMetadata?.providerName === this.name);
    if (named.length === 0) this.create(this.stack);
  }
}
