import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { InvalidRequest } from "./problem";
import type { Route, RouteReply } from "./route";

/** A spec of 50 peers with a thousand settings is far below this. */
export const BODY_LIMIT = 1 << 20;

/** Content type of what is no JSON. */
export const BYTES = "application/octet-stream";

declare module "fastify" {
  interface FastifyContextConfig {
    readonly route?: Route;
  }
}

/** Turns the table of routes into fastify's. Who may ask what is decided before, see createApp. */
export function register(app: FastifyInstance, routes: readonly Route[]): void {
  app.addContentTypeParser(BYTES, (request: FastifyRequest, content: Readable, done) => {
    const { route } = request.routeOptions.config;
    if (route?.streams) return done(null, content);
    return done(Object.assign(new Error(`${request.url.split("?")[0]} takes JSON`), { statusCode: 415 }));
  });
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path.replace(/\{(\w+)\}/g, ":$1"),
      bodyLimit: route.bodyLimit ?? BODY_LIMIT,
      config: { route },
      handler: (request, reply) => answer(route, request, reply),
    });
  }
}

/** Methods that exist for a path, so that a wrong one can be told from a path that does not exist. */
export function methodsOf(routes: readonly Route[], path: string): string[] {
  const fits = (r: Route): boolean =>
    new RegExp(`^${r.path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}$`).test(path);
  return [...new Set(routes.filter(fits).map((r) => r.method))].sort();
}

async function answer(route: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort(new Error("the client has gone")));
  const given = await route.handle({
    params: parse("path", route.params, request.params),
    query: parse("query", route.query, request.query),
    body: parse("body", route.body, request.body),
    content: route.streams ? (request.body as Readable | undefined) : undefined,
    headers: request.headers,
    requestId: request.id,
    signal: gone.signal,
  });
  return send(route, given, reply);
}

function parse<T>(where: string, schema: z.ZodType<T> | undefined, value: unknown): T | undefined {
  if (!schema) return undefined;
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  throw new InvalidRequest(where, found.error);
}

function send(route: Route, given: RouteReply, reply: FastifyReply): FastifyReply {
  const status = given.status ?? 200;
  const { schema, contentType } = route.replies[status] ?? {};
  void reply.code(status).headers(given.headers ?? {});
  if (given.stream) {
    given.stream.once("error", () => reply.raw.destroy());
    return reply.type(contentType ?? "application/octet-stream").send(given.stream);
  }
  if (given.body === undefined) return reply.send();
  if (contentType !== undefined || !schema) {
    return reply.type(contentType ?? "text/plain; charset=utf-8").send(given.body);
  }
  return reply.type("application/json; charset=utf-8").send(JSON.stringify(given.body));
}
