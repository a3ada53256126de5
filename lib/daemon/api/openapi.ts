import { z } from "zod";
import { version } from "../../../package.json";
import { BYTES } from "./registry";
import { problemReply } from "./replies";
import type { Route } from "./route";

/** A JSON object; the document is written out once and never read here. */
export type Json = Record<string, unknown>;

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly description?: unknown;
  readonly schema: Json;
}

/** The OpenAPI 3.1 document of a table of routes, from the very schemas that validate its requests. */
export function openApi(routes: readonly Route[]): Json {
  const registry = new Components();
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route, registry);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "milvus-onprem",
      version,
      description:
        "Every daemon serves this API for the whole cluster. What only the leader does is answered with 307 by the others.",
    },
    servers: [{ url: "/" }],
    tags: [
      { name: "cluster", description: "The cluster as a whole" },
      { name: "jobs", description: "Long operations, which outlive the daemon that began them" },
      { name: "backups", description: "Backups in the object store" },
      { name: "peer", description: "One peer" },
      { name: "internal", description: "What daemons ask of each other" },
    ],
    paths,
    components: {
      schemas: registry.schemas,
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "The cluster's token" },
        certificate: { type: "mutualTLS", description: "A peer's certificate" },
      },
    },
  };
}

/** Schemas that have a name are written once, below components/schemas. */
class Components {
  readonly schemas: Record<string, Json> = {};

  of(schema: z.ZodType, io: "input" | "output"): Json {
    const made = z.toJSONSchema(schema, { io, target: "draft-2020-12", unrepresentable: "any" }) as Json;
    const { $defs, ...rest } = without(made, "$schema", "id");
    for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, Json>)) {
      this.add(name, definition);
    }
    const { id } = schema.meta() ?? {};
    if (id === undefined) return toComponents(rest) as Json;
    this.add(id, rest);
    return { $ref: `#/components/schemas/${id}` };
  }

  private add(name: string, definition: Json): void {
    this.schemas[name] = toComponents(without(definition, "id")) as Json;
  }
}

function without(from: Json, ...names: string[]): Json {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)));
}

/** Zod's references point into the schema itself. */
function toComponents(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toComponents);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => {
    const reference = key === "$ref" && typeof member === "string";
    return [key, reference ? member.replace("#/$defs/", "#/components/schemas/") : toComponents(member)];
  });
  return Object.fromEntries(members);
}

function operation(route: Route, registry: Components): Json {
  const { summary, description, tag, access, body } = route;
  return {
    operationId: operationId(route),
    summary,
    description,
    tags: [tag],
    security: security(access),
    parameters: [
      ...parameters("path", route.params, registry),
      ...parameters("query", route.query, registry),
    ],
    requestBody: route.streams
      ? STREAM
      : body && {
          required: !body.safeParse(undefined).success,
          content: { "application/json": { schema: registry.of(body, "input") } },
        },
    responses: { ...replies(route, registry), ...problems(route, registry) },
  };
}

const STREAM = { required: true, content: { [BYTES]: { schema: { type: "string", format: "binary" } } } };

/** `GET /jobs/{id}/log`: getJobsIdLog */
function operationId({ method, path }: Route): string {
  const words = path.match(/\w+/g) ?? [];
  const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1);
  return method.toLowerCase() + words.map(capital).join("");
}

function security(access: Route["access"]): Json[] {
  if (access === "open") return [];
  return access === "peer" ? [{ certificate: [] }] : [{ token: [] }, { certificate: [] }];
}

function parameters(
  where: Parameter["in"],
  schema: z.ZodType | undefined,
  registry: Components,
): Parameter[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = registry.of(schema, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    description,
    schema: rest,
  }));
}

function replies(route: Route, registry: Components): Json {
  const made = Object.entries(route.replies).map(([status, { description, schema, contentType }]) => {
    const type = contentType ?? (schema ? "application/json" : undefined);
    const content = type && {
      [type.split(";")[0]!]: { schema: schema ? registry.of(schema, "output") : { type: "string" } },
    };
    return [status, { description, content }];
  });
  return Object.fromEntries(made) as Json;
}

function problems(route: Route, registry: Components): Json {
  const schema = registry.of(problemReply, "output");
  const content = { "application/problem+json": { schema } };
  const to = {
    headers: { location: { description: "the same path at the leader", schema: { type: "string" } } },
  };
  return {
    ...(route.leaderOnly && { 307: { description: "The leader does this", content, ...to } }),
    default: { description: "Any error: RFC 9457 problem details", content },
  };
}
