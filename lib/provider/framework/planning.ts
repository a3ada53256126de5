import { equal, UNKNOWN, type Value } from "../protocol/value";
import type { AttributePath } from "./diagnostics";
import type { Attribute, Attributes, Fields } from "./schema";

/**
 * What Terraform proposes, refined by what the schema says: defaults where the user gave nothing; computed attributes
 * unknown in a new object and, unless they keep, in one that changes. With no change it is exactly what exists.
 */
export function planFields(
  attributes: Attributes,
  prior: Fields | null,
  proposed: Fields,
  config: Fields,
): Record<string, Value> {
  const planned = withDefaults(attributes, proposed, config);
  const changes = prior === null || !equal(planned, prior);
  for (const [name, attribute] of Object.entries(attributes)) {
    if (!isOpen(attribute, config[name] ?? null)) continue;
    if (prior === null) planned[name] = UNKNOWN;
    else planned[name] = changes && !attribute.options.keep ? UNKNOWN : (prior[name] ?? null);
  }
  return planned;
}

/** Attributes whose change needs another object. */
export function replacements(attributes: Attributes, prior: Fields, planned: Fields): AttributePath[] {
  return Object.entries(attributes)
    .filter(([name, a]) => a.options.replace && !equal(planned[name] ?? null, prior[name] ?? null))
    .map(([name]) => [name]);
}

/** What stands for attributes that are not given. */
export function defaultsOf(attributes: Attributes, given: Fields): Fields {
  const missing = Object.entries(attributes).filter(([name]) => (given[name] ?? null) === null);
  return Object.fromEntries(missing.map(([name, a]) => [name, (a.options.default ?? null) as Value]));
}

/** The provider decides it this time. */
function isOpen({ options }: Attribute, config: Value): boolean {
  return Boolean(options.computed) && options.default === undefined && config === null;
}

function withDefaults(attributes: Attributes, proposed: Fields, config: Fields): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [
      name,
      withDefault(attribute, proposed[name] ?? null, config[name] ?? null),
    ]),
  );
}

function withDefault({ shape, options }: Attribute, proposed: Value, config: Value): Value {
  if (config === null) return options.default === undefined ? proposed : (options.default as Value);
  if (config === UNKNOWN || proposed === null || proposed === UNKNOWN) return proposed;
  if (shape.kind === "object") {
    return withDefaults(shape.attributes, proposed as Fields, config as Fields);
  }
  if (shape.kind !== "objects") return proposed;
  return (config as readonly Value[]).map((item, i) => {
    const element = (proposed as readonly Value[])[i] ?? null;
    if (item === null || item === UNKNOWN || element === null || element === UNKNOWN) return item;
    return withDefaults(shape.attributes, element as Fields, item as Fields);
  });
}
