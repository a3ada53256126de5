import { openApi, type Json } from "../../../../lib/daemon/api/openapi";
import type { Route } from "../../../../lib/daemon/api/route";
import type { Random } from "./random";
import { JUNK, valueOf } from "./values";

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

interface Operation {
  parameters: { name: string; in: string; required: boolean; schema: Json }[];
  requestBody?: { content: Record<string, { schema: Json }> };
}

/** Makes requests for a route from what the API's own document says of it, right, nearly right and wrong. */
export class Requests {
  private readonly document: Json;

  constructor(
    routes: readonly Route[],
    private readonly random: Random,
  ) {
    this.document = openApi(routes);
  }

  for({ method, path }: Route): FuzzRequest {
    const { random } = this;
    const operation = (this.document.paths as Record<string, Record<string, Operation>>)[path]![
      method.toLowerCase()
    ]!;
    const wild = random.pick([0, 0.2, 0.6]);
    const values = operation.parameters.map((p) => ({ ...p, value: this.value(p.schema, wild) }));
    const filled = path.replace(/\{(\w+)\}/g, (_, name) =>
      segment(values.find((p) => p.in === "path" && p.name === name)?.value),
    );
    const given = values.filter((p) => p.in === "query" && (p.required || random.chance(0.5)));
    const query = given.map((p) => `${p.name}=${encode(text(p.value))}`).join("&");
    const body = operation.requestBody && this.body(operation.requestBody, wild);
    return { method, path: filled + (query && `?${query}`), headers: this.headers(body), body };
  }

  private body({ content }: NonNullable<Operation["requestBody"]>, wild: number): string {
    const { random } = this;
    const [{ schema }] = Object.values(content) as [{ schema: Json }];
    const whole = JSON.stringify(this.value(schema, wild)) ?? "";
    if (random.chance(0.1)) return whole.slice(0, Math.floor(whole.length * random.next()));
    if (random.chance(0.05)) return `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
    return random.chance(0.03) ? `"${"x".repeat(2 << 20)}"` : whole;
  }

  private headers(body: string | undefined): Record<string, string> {
    const { random } = this;
    const headers: Record<string, string> = {};
    if (body !== undefined)
      headers["content-type"] = random.pick([
        ...Array<string>(8).fill("application/json"),
        "text/plain",
        "x",
      ]);
    for (const name of ["x-request-id", "last-event-id", "milvus-onprem-term", "accept", "range"]) {
      if (random.chance(0.2))
        headers[name] = text(random.pick([...JUNK, 5, "5"])).replace(/[^\x20-\x7e]/g, "?");
    }
    return headers;
  }

  private value(schema: Json, wild: number): unknown {
    return valueOf(schema, (this.document.components as { schemas: Json }).schemas, this.random, wild);
  }
}

function segment(value: unknown): string {
  return encode(text(value)) || "x";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** A lone surrogate cannot be encoded; some paths go out as they are. */
function encode(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    return "%ff";
  }
}
