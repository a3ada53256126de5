import { fromRaw } from "../protocol/dynamic-value";
import { parseJson } from "../protocol/exact-json";
import type { Type } from "../protocol/value";
import type { Resource } from "./resource";
import type { Fields } from "./schema";

/** A stored state (JSON, of the schema version that wrote it) as today's schema has it. */
export function upgradeState(resource: Resource, type: Type, json: Uint8Array, version: number): Fields {
  const current = resource.schema.version ?? 0;
  if (version > current) {
    throw new Error(
      `its state was written by a newer version of the provider (schema ${version}, this one knows ${current}); use that version or a newer one`,
    );
  }
  let state = parseJson(Buffer.from(json).toString("utf8")) as Record<string, unknown>;
  for (let from = version; from < current; from++) {
    const step = resource.upgrade?.[from];
    if (!step) throw new Error(`no upgrade from schema ${from} to ${from + 1}; please report this`);
    state = step(state);
  }
  return fromRaw(state, type, []) as Fields;
}
