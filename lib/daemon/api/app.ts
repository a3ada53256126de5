import fastify, { type FastifyInstance } from "fastify";
import type {
  FormProgress,
  FormRequest,
  HealthReply,
  SmokeResult,
  StatusReply,
  TeardownRequest,
  VersionReply,
} from "../../api/wire";
import type { Log } from "../log";
import type { Redactor } from "../redact";
import { isAllowed } from "./auth";
import { problemOf, sendProblem } from "./problem";
import { formRequest, statusQuery, teardownRequest } from "./schemas";

/** What the routes lead to. */
export interface Actions {
  health(): HealthReply;
  version(): VersionReply;
  form(request: FormRequest): Promise<FormProgress>;
  formProgress(): FormProgress;
  status(localOnly: boolean): Promise<StatusReply>;
  smoke(): Promise<SmokeResult>;
  teardown(request: TeardownRequest): Promise<void>;
}

export interface AppOptions {
  readonly actions: Actions;
  readonly tokenSha256: string;
  readonly redactor: Redactor;
  readonly log: Log;
}

/** A spec of 50 peers with a thousand settings is far below this. */
const BODY_LIMIT = 1 << 20;

/** The daemon's API; it listens nowhere by itself. */
export function createApp(o: AppOptions): FastifyInstance {
  const app = fastify({ bodyLimit: BODY_LIMIT, exposeHeadRoutes: false });
  app.addHook("onRequest", async (request, reply) => {
    if (isAllowed(request, o.tokenSha256)) return;
    const detail = "send the cluster's bearer token, or present a certificate of its CA";
    return sendProblem(reply, { type: "about:blank", title: "Unauthorized", status: 401, detail });
  });
  app.addHook("onResponse", async (request, reply) => {
    const { method, url, ip } = request;
    o.log.info({ method, url, ip, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, "request");
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, o.redactor);
    if (problem.status >= 500) o.log.error({ method: request.method, url: request.url }, problem.detail);
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const detail = `there is no ${request.method} ${request.url}`;
    return sendProblem(reply, { type: "about:blank", title: "Not Found", status: 404, detail });
  });
  routes(app, o.actions);
  return app;
}

function routes(app: FastifyInstance, actions: Actions): void {
  app.get("/health", async () => actions.health());
  app.get("/version", async () => actions.version());
  app.get("/form", async () => actions.formProgress());
  app.post("/form", async ({ body }, reply) =>
    reply.code(202).send(await actions.form(formRequest.parse(body))),
  );
  app.get("/status", async ({ query }) => actions.status(statusQuery.parse(query).local === "true"));
  app.post("/smoke", async () => actions.smoke());
  app.post("/teardown", async ({ body }, reply) => {
    await actions.teardown(teardownRequest.parse(body));
    return reply.code(204).send();
  });
}
