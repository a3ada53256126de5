import { z } from "zod";
import type { Job, JobPage, JobTypeReply } from "../../../api/wire";
import { NotFound } from "../../errors";
import type { JobEngine } from "../../jobs/engine";
import { JOB_ID } from "../../jobs/ids";
import { jobLogStream } from "../../jobs/stream";
import type { JobTypes } from "../../jobs/types";
import type { Records, Snapshot } from "../../store/records";
import { jobPage, jobReply, jobTypeReply } from "../replies";
import { route, type Route, type RouteReply } from "../route";
import { atRevision, readQuery } from "./cluster";

export interface JobRoutesDeps {
  readonly types: JobTypes;
  /** Throws Conflict while this peer is in no cluster. */
  readonly cluster: () => {
    readonly jobs: Pick<JobEngine, "submit" | "cancel">;
    readonly records: Records;
  };
}

/** Params are a few settings, and are kept in etcd. */
const BODY_LIMIT = 64 * 1024;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

const job = { tag: "jobs", access: "member" } as const;
const one = z.object({ id: z.string().regex(JOB_ID, "must be the id of a job") });
const jobType = z.string().min(1).max(64);

const jobRequest = z.strictObject({
  type: jobType.describe("as GET /jobs/types names it"),
  params: z.record(z.string(), z.unknown()).optional().describe("as the schema of the type says"),
  idempotencyKey: z
    .string()
    .regex(/^[\w.:-]{1,128}$/, "must be 1 to 128 letters, digits or _ . : -")
    .optional()
    .describe("of two requests with the same key, the second one gets the job of the first"),
});

const listQuery = readQuery.extend({
  state: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]).optional(),
  type: jobType.optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  after: z.string().regex(JOB_ID, "must be `next` of the page before").optional(),
});
type ListQuery = z.infer<typeof listQuery>;

const logQuery = z.object({
  after: z.coerce.number().int().min(0).default(0).describe("number of the last line that you have"),
});

export function jobRoutes(deps: JobRoutesDeps): Route[] {
  return [
    submitRoute(deps),
    listRoute(deps),
    typesRoute(deps),
    showRoute(deps),
    cancelRoute(deps),
    logRoute(deps),
  ];
}

function submitRoute({ cluster }: JobRoutesDeps): Route {
  return route({
    ...job,
    method: "POST",
    path: "/jobs",
    summary: "Start a job",
    description:
      "The leader works on it; should that die, its successor goes on at the first step that is not done.",
    leaderOnly: true,
    body: jobRequest,
    bodyLimit: BODY_LIMIT,
    replies: {
      201: { description: "The new job", schema: jobReply },
      200: { description: "The job that this idempotency key has made before", schema: jobReply },
    },
    handle: async ({ body }) => {
      const { job: made, created } = await cluster().jobs.submit(body);
      return { status: created ? 201 : 200, headers: { location: `/jobs/${made.id}` }, body: made };
    },
  });
}

function listRoute({ cluster }: JobRoutesDeps): Route {
  return route({
    ...job,
    method: "GET",
    path: "/jobs",
    summary: "Jobs, newest first",
    query: listQuery,
    replies: { 200: { description: "A page of them", schema: jobPage } },
    handle: async ({ query }) => {
      const snapshot = await snapshotOf(cluster().records, query.linearizable);
      return atRevision({ value: pageOf(snapshot, query), revision: snapshot.revision });
    },
  });
}

function typesRoute({ types }: JobRoutesDeps): Route {
  return route({
    ...job,
    method: "GET",
    path: "/jobs/types",
    summary: "Kinds of jobs, and the params of each",
    replies: { 200: { description: "All that this version knows", schema: jobTypeReply } },
    handle: async () => ({ body: describe(types) }),
  });
}

function showRoute({ cluster }: JobRoutesDeps): Route {
  return route({
    ...job,
    method: "GET",
    path: "/jobs/{id}",
    summary: "One job",
    params: one,
    query: readQuery,
    replies: { 200: { description: "The job", schema: jobReply } },
    handle: async ({ params, query }) => {
      const found = await find(cluster().records, params.id, query.linearizable);
      return atRevision({ value: found.job, revision: found.revision });
    },
  });
}

function cancelRoute({ cluster }: JobRoutesDeps): Route {
  return route({
    ...job,
    method: "POST",
    path: "/jobs/{id}/cancel",
    summary: "Cancel a job",
    description: "One that waits ends at once, one that runs at its next safe point.",
    leaderOnly: true,
    params: one,
    replies: { 200: { description: "The job, with `cancelRequested`", schema: jobReply } },
    handle: async ({ params }) => ({ body: await cluster().jobs.cancel(params.id) }),
  });
}

function logRoute({ cluster }: JobRoutesDeps): Route {
  return route({
    ...job,
    method: "GET",
    path: "/jobs/{id}/log",
    summary: "A job's log, as server-sent events",
    description:
      "Event `line` with a JobLogLine and its number as id; event `end` with the Job once it has ended. `Last-Event-ID`, or `after`, goes on behind that line.",
    params: one,
    query: logQuery,
    replies: { 200: { description: "Events until the job has ended", contentType: "text/event-stream" } },
    handle: async ({ params, query, headers, signal }): Promise<RouteReply> => {
      const { records } = cluster();
      const found = await find(records, params.id, false);
      const resumed = /^\d{1,9}$/.exec(String(headers["last-event-id"] ?? ""))?.[0];
      const after = resumed === undefined ? query.after : Number(resumed);
      const stream = jobLogStream({ records, job: found.job, after, signal });
      return { headers: { "cache-control": "no-store" }, stream };
    },
  });
}

async function snapshotOf(records: Records, linearizable: boolean): Promise<Snapshot> {
  return (linearizable ? undefined : records.cached) ?? (await records.read());
}

/** What the cache does not have may be so new that only a read with quorum finds it. */
async function find(
  records: Records,
  id: string,
  linearizable: boolean,
): Promise<{ job: Job; revision: string }> {
  const cached = linearizable ? undefined : records.cached;
  const snapshot = cached?.jobs.has(id) ? cached : await records.read();
  const found = snapshot.jobs.get(id)?.value;
  if (!found)
    throw new NotFound(`there is no job "${id}": ended jobs are deleted after their retention time`);
  return { job: found, revision: snapshot.revision };
}

function pageOf({ jobs }: Snapshot, { state, type, limit, after }: ListQuery): JobPage {
  const found = [...jobs.values()]
    .map(({ value }) => value)
    .filter((j) => (state === undefined || j.state === state) && (type === undefined || j.type === type))
    .filter((j) => after === undefined || j.id < after)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  const page = found.slice(0, limit);
  return found.length > limit ? { jobs: page, next: page.at(-1)!.id } : { jobs: page };
}

function describe(types: JobTypes): JobTypeReply {
  return {
    types: [...types.values()].map(({ name, title, lock, params }) => ({
      name,
      title,
      lock,
      params: z.toJSONSchema(params, { io: "input" }) as Record<string, unknown>,
    })),
  };
}
