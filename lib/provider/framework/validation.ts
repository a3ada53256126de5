import { hasUnknown, type Value } from "../protocol/value";
import type { AttributePath, Diagnostics } from "./diagnostics";
import type { Attribute, Attributes, Fields } from "./schema";

/** Runs the validator of every attribute that is given and known. */
export function validateAttributes(
  attributes: Attributes,
  config: Fields,
  diagnostics: Diagnostics,
  parent: AttributePath = [],
): void {
  for (const [name, attribute] of Object.entries(attributes)) {
    validateAttribute(attribute, config[name] ?? null, diagnostics, [...parent, name]);
  }
}

function validateAttribute(a: Attribute, value: Value, diagnostics: Diagnostics, path: AttributePath): void {
  if (value === null || typeof value === "symbol") return;
  const { shape } = a;
  if (shape.kind === "object") validateAttributes(shape.attributes, value as Fields, diagnostics, path);
  if (shape.kind === "objects") {
    (value as readonly Value[]).forEach((item, i) => {
      if (item === null || typeof item === "symbol") return;
      validateAttributes(shape.attributes, item as Fields, diagnostics, [...path, i]);
    });
  }
  if (!a.options.validate || hasUnknown(value)) return;
  const problem = a.options.validate(value as never);
  if (problem !== undefined) diagnostics.error(`Invalid ${path.join(".")}`, problem, path);
}
