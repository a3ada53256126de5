import { Tokenization } from "cdktf";

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

/** A nested object by Terraform's names: `drivesPerPeer` is `drives_per_peer` there. Tokens stay as they are. */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== "object" || value === null || Tokenization.isResolvable(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [snake(name), snakeKeys(member)]);
  return Object.fromEntries(members) as Attributes;
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
