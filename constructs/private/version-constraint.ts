/**
 * Whether a version satisfies a Terraform version constraint such as "~> 3.2, != 3.2.1".
 * Source: https://developer.hashicorp.com/terraform/language/expressions/version-constraints. A pre-release
 * satisfies nothing but its own exact version; what cannot be read is not satisfied.
 */
export function satisfies(version: string, constraint: string): boolean {
  return constraint.split(",").every((one) => satisfiesOne(version, one.trim()));
}

function satisfiesOne(version: string, constraint: string): boolean {
  const match = /^(=|!=|>=|<=|>|<|~>)?\s*v?(\S+)$/.exec(constraint);
  if (!match) return false;
  const [, operator = "=", wanted = ""] = match;
  if (version.includes("-")) return operator === "=" && version === wanted;
  const order = compare(version, wanted);
  if (operator === "~>") return order >= 0 && compare(version, nextOf(wanted)) < 0;
  return {
    "=": order === 0,
    "!=": order !== 0,
    ">": order > 0,
    ">=": order >= 0,
    "<": order < 0,
    "<=": order <= 0,
  }[operator] as boolean;
}

/** First version that `~> wanted` excludes: all but the last part given is fixed. */
function nextOf(wanted: string): string {
  const parts = numbers(wanted).slice(0, wanted.split(".").length);
  const fixed = parts.slice(0, Math.max(parts.length - 1, 1));
  return [...fixed.slice(0, -1), (fixed[fixed.length - 1] ?? 0) + 1].join(".");
}

function compare(a: string, b: string): number {
  const [x, y] = [numbers(a), numbers(b)];
  const differs = x.findIndex((n, i) => n !== y[i]);
  return differs < 0 ? 0 : (x[differs] ?? 0) - (y[differs] ?? 0);
}

function numbers(version: string): number[] {
  const parts = (version.split("-")[0] ?? "").split(".").map(Number);
  return [0, 1, 2].map((i) => parts[i] ?? 0);
}
