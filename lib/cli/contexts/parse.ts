import { z } from "zod";
import type { ContextExport } from "../../api/context";

const exported = z.object({
  name: z.string(),
  endpoints: z.array(z.string()).min(1),
  caCertPem: z.string().startsWith("-----BEGIN CERTIFICATE-----"),
  token: z.string().min(1),
});

/**
 * Finds the `context` of a MilvusCluster in what Terraform or CDKTF prints of outputs: the bare value, `terraform output -json`,
 * or `cdktf output --outputs-file`. Of several clusters, the one called `name`. Throws when there is none, or which is unclear.
 */
export function parseContextExport(text: string, name: string): ContextExport {
  const value = tryJson(text);
  if (value === undefined)
    throw new Error("--from: this is no JSON; give what terraform output -json prints");
  const found = search(value);
  const [only] = found.length === 1 ? found : found.filter((c) => c.name === name);
  if (only) return only;
  if (found.length === 0) {
    throw new Error(
      "--from: there is no context in it: make an output of the MilvusCluster's `context` (sensitive), and deploy",
    );
  }
  throw new Error(
    `--from: it holds the contexts of ${found.map((c) => c.name).join(", ")}: call yours as the cluster is called`,
  );
}

/** However deep; an output's value may be JSON in a string. */
function search(value: unknown): ContextExport[] {
  const found = exported.safeParse(value);
  if (found.success) return [found.data];
  if (typeof value === "string") {
    const inner = value.trimStart().startsWith("{") ? tryJson(value) : undefined;
    return inner === undefined ? [] : search(inner);
  }
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(search) : [];
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
