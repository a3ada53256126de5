import { stringify } from "yaml";

/** YAML whose bytes depend on the value alone: no line folding, no anchors, keys in the order given. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Keys in alphabetical order at every depth, for maps whose order has no meaning. */
export function sortDeep(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sortDeep(member)]));
}
