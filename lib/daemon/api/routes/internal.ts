import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import type { FormRequest } from "../../../api/wire";
import { SnapshotDir, SNAPSHOT_NAME } from "../../backups/snapshot-dir";
import { Conflict, NotFound } from "../../errors";
import { PulsarData } from "../../pulsar-data";
import { TERM_HEADER, type PeerTask, type TaskContext } from "../../tasks/task";
import type { TermGate } from "../../tasks/term-gate";
import { InvalidRequest } from "../problem";
import { route, type Route } from "../route";
import { formRequest } from "../schemas";

export interface InternalDeps {
  readonly tasks: ReadonlyMap<string, PeerTask>;
  /** Directory that holds all data of this peer. */
  readonly dataRoot: string;
  /** Undefined while this peer is in no cluster. */
  readonly cluster: () =>
    { readonly gate: TermGate; readonly taskContext: (signal: AbortSignal) => TaskContext } | undefined;
  /** Learns what members know, as this peer is to become one. */
  readonly admit: (request: FormRequest) => Promise<void>;
}

const NO_TERM = `${TERM_HEADER} must carry the term of the leader that asks`;
const term = z.string({ error: NO_TERM }).regex(/^\d{1,19}$/, NO_TERM);

/** What daemons ask of each other; a peer's certificate is needed, a token is not enough. */
export function internalRoutes(deps: InternalDeps): Route[] {
  return [taskRoute(deps), snapshotRoute(deps), pulsarRoute(deps), admitRoute(deps)];
}

function taskRoute(deps: InternalDeps): Route {
  return route({
    method: "POST",
    path: "/internal/tasks/{name}",
    summary: "Have this peer do its part of a job",
    description: "Asked by the leader alone, in its term. The body and the answer depend on the task.",
    tag: "internal",
    access: "peer",
    params: z.strictObject({ name: z.string().max(64) }),
    body: z.unknown(),
    replies: { 200: { description: "What the task answers", schema: z.unknown() } },
    handle: async ({ params, body, headers, signal }) => {
      const task = deps.tasks.get(params.name);
      if (!task) throw new NotFound(`this version knows no task "${params.name}"`);
      const cluster = deps.cluster();
      if (!cluster) throw new Conflict("this peer is in no cluster yet");
      cluster.gate.pass(termOf(headers));
      const given = task.params.parse(body);
      return { body: (await task.run(given, cluster.taskContext(signal))) ?? {} };
    },
  });
}

function admitRoute({ admit }: InternalDeps): Route {
  return route({
    method: "POST",
    path: "/internal/admit",
    summary: "Have this peer get ready to join a cluster",
    description:
      "Asked by the leader alone. It learns the spec and the secrets; a member it is once the leader has recorded it.",
    tag: "internal",
    access: "peer",
    body: formRequest,
    replies: { 204: { description: "Ready for tasks" } },
    handle: async ({ body }) => {
      await admit(body);
      return { status: 204 };
    },
  });
}

function snapshotRoute(deps: InternalDeps): Route {
  return route({
    method: "GET",
    path: "/internal/etcd-snapshots/{name}",
    summary: "A snapshot of etcd that this peer holds",
    tag: "internal",
    access: "peer",
    params: z.strictObject({ name: z.string().regex(SNAPSHOT_NAME, "must be the name of a snapshot") }),
    replies: { 200: { description: "The file", contentType: "application/octet-stream" } },
    handle: async ({ params }) => {
      const found = await new SnapshotDir(deps.dataRoot).open(params.name);
      if (!found) throw new NotFound(`this peer holds no snapshot ${params.name}`);
      return { headers: { "content-length": String(found.bytes) }, stream: found.stream };
    },
  });
}

function pulsarRoute({ dataRoot }: InternalDeps): Route {
  return route({
    method: "GET",
    path: "/internal/pulsar-data",
    summary: "All that Pulsar holds on this peer, where it does not run any more",
    tag: "internal",
    access: "peer",
    replies: { 200: { description: "A tar archive", contentType: "application/x-tar" } },
    handle: async () => ({ headers: {}, stream: await new PulsarData(dataRoot).read() }),
  });
}

function termOf(headers: IncomingHttpHeaders): string {
  const found = term.safeParse(headers[TERM_HEADER]);
  if (found.success) return found.data;
  throw new InvalidRequest("header", found.error);
}
