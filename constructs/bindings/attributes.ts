/**
 * Attributes of a Terraform resource by their Terraform name. cdktf leaves `undefined` out, so optional ones need no care.
 */
export type Attributes = Readonly<Record<string, unknown>>;

/** The same attributes in the form that `cdktf synth --hcl` wants: each is a plain argument, none is a block. */
export function hclAttributes(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, { value, isBlock: false, type: "any", storageClassType: "any" }]),
  );
}
