import type { Readable } from "node:stream";
import { z } from "zod";
import type {
  CaReply,
  DriftReply,
  HealthReply,
  LeaderReply,
  LoadedReply,
  SpecReply,
  StatusReply,
  VersionReply,
} from "../../../api/wire";
import {
  caReply,
  driftReply,
  healthReply,
  leaderReply,
  loadedReply,
  specReply,
  statusReply,
  versionReply,
} from "../replies";
import { route, type Route } from "../route";

/** A value as the daemons have agreed on it, at a revision of etcd. */
export interface AtRevision<T> {
  readonly value: T;
  readonly revision?: string;
}

export interface ClusterActions {
  health(): HealthReply;
  version(): VersionReply;
  ca(): CaReply;
  status(localOnly: boolean): Promise<StatusReply>;
  /** From the cache, or with quorum. */
  leader(linearizable: boolean): Promise<AtRevision<LeaderReply>>;
  /** Hands over to another peer; resolves once this one no longer leads. */
  stepDown(): Promise<void>;
  spec(linearizable: boolean): Promise<AtRevision<SpecReply>>;
  /** What is not as the spec in force has it; throws Conflict until the cluster is formed. */
  drift(localOnly: boolean): Promise<DriftReply>;
  /** What is loaded in Milvus; throws Conflict until the cluster is formed. */
  loaded(): Promise<LoadedReply>;
  logs(o: LogsRequest): Promise<Readable>;
}

export interface LogsRequest {
  readonly component: string;
  /** @default - this peer */
  readonly peer?: string;
  /** Last lines to begin with. */
  readonly tail: number;
  /** Goes on with new lines until the client hangs up. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** Header with the revision of etcd that an answer belongs to. */
export const REVISION_HEADER = "milvus-onprem-revision";

const flag = z
  .enum(["true", "false"])
  .optional()
  .transform((v) => v === "true");

/** For reads that a follower answers from its cache. */
export const readQuery = z.object({
  linearizable: flag.describe("read with quorum instead of from this peer's watch-fed cache"),
});

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be a name");

export function clusterRoutes(actions: ClusterActions): Route[] {
  return [
    ...openRoutes(actions),
    statusRoute(actions),
    leaderRoute(actions),
    stepDownRoute(actions),
    specRoute(actions),
    driftRoute(actions),
    loadedRoute(actions),
    logsRoute(actions),
  ];
}

export function atRevision<T>({ value, revision }: AtRevision<T>): {
  body: T;
  headers?: Record<string, string>;
} {
  return { body: value, headers: revision === undefined ? undefined : { [REVISION_HEADER]: revision } };
}

function openRoutes(actions: ClusterActions): Route[] {
  const open = { method: "GET", tag: "cluster", access: "open" } as const;
  return [
    route({
      ...open,
      path: "/health",
      summary: "Whether this daemon is well",
      replies: { 200: { description: "It answers; `status` says whether all is well", schema: healthReply } },
      handle: async () => ({ body: actions.health() }),
    }),
    route({
      ...open,
      path: "/version",
      summary: "Version of this daemon",
      replies: { 200: { description: "Its versions", schema: versionReply } },
      handle: async () => ({ body: actions.version() }),
    }),
    route({
      ...open,
      path: "/ca",
      summary: "Certificate of the cluster CA",
      description:
        "Check it against the pin in your token before you trust it, and before you send the token.",
      replies: { 200: { description: "PEM", schema: caReply } },
      handle: async () => ({ body: actions.ca() }),
    }),
  ];
}

function statusRoute(actions: ClusterActions): Route {
  return route({
    method: "GET",
    path: "/status",
    summary: "Every peer and component",
    description:
      "What is told is at most some seconds old. A peer that does not answer is told as unreachable.",
    tag: "cluster",
    access: "member",
    query: z.object({ local: flag.describe("this peer alone") }),
    replies: { 200: { description: "The cluster as this peer sees it", schema: statusReply } },
    handle: async ({ query }) => ({ body: await actions.status(query.local) }),
  });
}

function leaderRoute(actions: ClusterActions): Route {
  return route({
    method: "GET",
    path: "/leader",
    summary: "Leader of the control plane",
    tag: "cluster",
    access: "member",
    query: readQuery,
    replies: { 200: { description: "Who leads, if anybody does", schema: leaderReply } },
    handle: async ({ query }) => atRevision(await actions.leader(query.linearizable)),
  });
}

function stepDownRoute(actions: ClusterActions): Route {
  return route({
    method: "POST",
    path: "/leader/step-down",
    summary: "Have the leader hand over to another peer",
    description: "Running jobs go on under its successor.",
    tag: "cluster",
    access: "member",
    leaderOnly: true,
    replies: { 204: { description: "It no longer leads" } },
    handle: async () => {
      await actions.stepDown();
      return { status: 204 };
    },
  });
}

function specRoute(actions: ClusterActions): Route {
  return route({
    method: "GET",
    path: "/spec",
    summary: "The spec in force",
    tag: "cluster",
    access: "member",
    query: readQuery,
    replies: { 200: { description: "The spec, without any secret", schema: specReply } },
    handle: async ({ query }) => atRevision(await actions.spec(query.linearizable)),
  });
}

function driftRoute(actions: ClusterActions): Route {
  return route({
    method: "GET",
    path: "/drift",
    summary: "What is not as the spec in force has it",
    description:
      "Rendered files that were edited, and containers that were made of another image or by another definition. " +
      "While a change is under way, what it has done already is among it.",
    tag: "cluster",
    access: "member",
    query: z.object({ local: flag.describe("this peer alone") }),
    replies: { 200: { description: "What was found", schema: driftReply } },
    handle: async ({ query }) => ({ body: await actions.drift(query.local) }),
  });
}

function loadedRoute(actions: ClusterActions): Route {
  return route({
    method: "GET",
    path: "/loaded",
    summary: "Collections that are loaded, with their replicas",
    description: "As many query nodes must stay as the most replicas that one of them has.",
    tag: "cluster",
    access: "member",
    replies: { 200: { description: "Those of all databases", schema: loadedReply } },
    handle: async () => ({ body: await actions.loaded() }),
  });
}

function logsRoute(actions: ClusterActions): Route {
  return route({
    method: "GET",
    path: "/logs/{component}",
    summary: "Log of a component on one peer",
    description:
      "Lines as the component wrote them. The log of another peer is passed on by the one that is asked.",
    tag: "peer",
    access: "member",
    params: z.object({ component: name.describe("as GET /status names it, or `daemon`") }),
    query: z.object({
      peer: name.optional().describe("name of the peer; default: the one that is asked"),
      tail: z.coerce.number().int().min(0).max(10_000).default(200).describe("last lines to begin with"),
      follow: flag.describe("go on with new lines until you hang up"),
    }),
    replies: { 200: { description: "Text, line by line", contentType: "text/plain; charset=utf-8" } },
    handle: async ({ params, query, signal }) => ({
      stream: await actions.logs({ ...params, ...query, signal }),
    }),
  });
}
