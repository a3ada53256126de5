import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Log } from "../log";
import type { Redactor } from "../redact";
import { isAllowed, whatToSend } from "./auth";
import { FailedAuth, type FailedAuthLimit } from "./failed-auth";
import { sendToLeader, type Leadership } from "./leadership";
import { problem, problemOf, retryAfterOf, sendProblem } from "./problem";
import { BODY_LIMIT, methodsOf, register } from "./registry";
import type { Route } from "./route";
import { withDocs } from "./routes/docs";

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly leadership: Leadership;
  /** SHA-256 (hex) of the bearer token in force right now. */
  readonly tokenSha256: () => string;
  readonly redactor: Redactor;
  readonly log: Log;
  readonly failedAuth?: FailedAuthLimit;
}

/** Header by which a request is found in the log; a client may choose it. */
const REQUEST_ID = "x-request-id";

/** The daemon's API; it listens nowhere by itself. */
export function createApp(o: AppOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes: false,
    requestIdHeader: false,
    genReqId: requestId,
    frameworkErrors: (error, request, reply) => failed(o, error, request, reply),
  });
  admit(app, o);
  app.addHook("onResponse", async (request, reply) => logged(o, request, reply));
  app.setErrorHandler((error, request, reply) => failed(o, error, request, reply));
  const routes = withDocs(o.routes);
  app.setNotFoundHandler((request, reply) => unknown(routes, request, reply));
  register(app, routes);
  return app;
}

function requestId(request: { headers: IncomingMessage["headers"] }): string {
  const given = request.headers[REQUEST_ID];
  return typeof given === "string" && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

/** Who may ask comes first, then who has to answer; only then a body is read. */
function admit(app: FastifyInstance, o: AppOptions): void {
  const refusals = new FailedAuth(o.failedAuth);
  app.addHook("onRequest", async (request, reply) => {
    void reply.header(REQUEST_ID, request.id);
    const { route } = request.routeOptions.config;
    // A path that does not exist is none of a stranger's business either.
    const access = route?.access ?? "member";
    if (!isAllowed(access, request.raw, o.tokenSha256())) return refuse(refusals, access, request, reply);
    return route?.leaderOnly ? sendToLeader(o.leadership, request, reply) : undefined;
  });
}

async function refuse(
  refusals: FailedAuth,
  access: Route["access"],
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const wait = await refusals.refused(request.ip);
  if (wait === undefined) return sendProblem(reply, problem(401, whatToSend(access), request.id));
  const detail = `too many refused requests from your address; ${whatToSend(access)}, which is accepted at any time`;
  return sendProblem(reply, problem(429, detail, request.id), wait);
}

function failed(o: AppOptions, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const found = problemOf(error, o.redactor, request.id);
  if (found.status >= 500) {
    o.log.error({ requestId: request.id, method: request.method, url: request.url }, found.detail);
  }
  return sendProblem(reply.header(REQUEST_ID, request.id), found, retryAfterOf(error));
}

function unknown(routes: readonly Route[], request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split("?")[0]!;
  const methods = methodsOf(routes, path);
  if (methods.length === 0) {
    return sendProblem(reply, problem(404, `there is no ${request.method} ${path}`, request.id));
  }
  const allowed = methods.join(", ");
  const detail = `${path} knows ${allowed}, not ${request.method}`;
  return sendProblem(reply.header("allow", allowed), problem(405, detail, request.id));
}

function logged({ log }: AppOptions, request: FastifyRequest, reply: FastifyReply): void {
  const { id, method, url, ip } = request;
  const ms = Math.round(reply.elapsedTime);
  log.info({ requestId: id, method, url, ip, status: reply.statusCode, ms }, "request");
}
