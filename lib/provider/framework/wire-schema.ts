import type { WireAttribute, WireSchema } from "../protocol/messages";
import type { Type } from "../protocol/value";
import type { Attribute, Attributes, Schema } from "./schema";

/** Type of a whole object of that schema. */
export function objectType(attributes: Attributes): Type {
  const types = Object.entries(attributes).map(([name, attribute]) => [name, typeOf(attribute)] as const);
  return ["object", Object.fromEntries(types)];
}

export function typeOf({ shape }: Attribute): Type {
  switch (shape.kind) {
    case "list":
    case "map":
      return [shape.kind, shape.element];
    case "object":
      return objectType(shape.attributes);
    case "objects":
      return ["list", objectType(shape.attributes)];
    default:
      return shape.kind;
  }
}

/** The schema as Terraform reads it. Throws when it contradicts itself: a mistake in a provider. */
export function wireSchema(schema: Schema): WireSchema {
  const version = schema.version ?? 0;
  const attributes = Object.entries(schema.attributes).map(([name, a]) => wireAttribute(name, a, ""));
  return { version, block: { version, attributes, description: schema.description ?? "" } };
}

function wireAttribute(name: string, attribute: Attribute, parent: string): WireAttribute {
  const { options: o } = attribute;
  const path = parent + name;
  const hasDefault = o.default !== undefined;
  const optional = Boolean(o.optional) || hasDefault;
  const computed = Boolean(o.computed) || hasDefault;
  if (o.required ? optional || computed : !optional && !computed) {
    throw new Error(`schema: ${path} must be required, or optional, or computed`);
  }
  return {
    name,
    ...typing(attribute, path),
    description: o.description ?? "",
    required: Boolean(o.required),
    optional,
    computed,
    sensitive: Boolean(o.sensitive),
  };
}

function typing(attribute: Attribute, path: string): Pick<WireAttribute, "type" | "nested_type"> {
  const { shape } = attribute;
  if (shape.kind !== "object" && shape.kind !== "objects") {
    return { type: Buffer.from(JSON.stringify(typeOf(attribute))) };
  }
  const attributes = Object.entries(shape.attributes).map(([name, a]) => wireAttribute(name, a, `${path}.`));
  return { nested_type: { attributes, nesting: shape.kind === "object" ? "SINGLE" : "LIST" } };
}
