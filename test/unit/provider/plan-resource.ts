import type { Resource } from "../../../lib/provider/framework";
import { Codec, decodePrivate, encodePrivate } from "../../../lib/provider/framework/codec";
import { createProvider } from "../../../lib/provider/framework/provider";
import type { Fields } from "../../../lib/provider/framework/schema";

export interface Planned {
  readonly values: Fields;
  readonly replace: unknown[];
  readonly errors: string[];
  readonly warnings: string[];
  /** Attribute that each diagnostic is shown at, as "storage" or "peers.1"; those about none are left out. */
  readonly at: string[];
  readonly private: Record<string, unknown>;
}

/** Plans as Terraform does: computed attributes that the user does not set are proposed as they were. */
export async function planResource(
  resource: Resource,
  o: { prior: Fields | null; config: Fields; private?: Record<string, unknown> },
): Promise<Planned> {
  const codec = new Codec(resource.schema);
  const computed = Object.entries(resource.schema.attributes)
    .filter(([name, a]) => a.options.computed && (o.config[name] ?? null) === null)
    .map(([name]) => [name, o.prior?.[name] ?? null]);
  const reply = await createProvider({ resources: [resource] }).PlanResourceChange({
    type_name: resource.type,
    prior_state: codec.encode(o.prior),
    proposed_new_state: codec.encode({ ...o.config, ...Object.fromEntries(computed) }),
    config: codec.encode(o.config),
    prior_private: encodePrivate(o.private ?? {}),
  });
  const lines = (severity: string): string[] =>
    reply.diagnostics.filter((d) => d.severity === severity).map((d) => `${d.summary}: ${d.detail}`);
  return {
    values: codec.decode(reply.planned_state ?? null) ?? {},
    replace: (reply.requires_replace ?? []).map((path) => path.steps),
    errors: lines("ERROR"),
    warnings: lines("WARNING"),
    at: reply.diagnostics.flatMap(({ attribute }) =>
      attribute ? [attribute.steps.flatMap((step) => Object.values(step)).join(".")] : [],
    ),
    private: decodePrivate(reply.planned_private ?? null),
  };
}
