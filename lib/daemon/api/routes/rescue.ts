import type { Readable } from "node:stream";
import { z } from "zod";
import type {
  NospaceReport,
  NospaceRequest,
  PeerEvidence,
  ReformOptions,
  ReformPlan,
  ReformRequest,
} from "../../../api/rescue-wire";
import { RESCUE_STEPS, type RescueStep } from "../../rescue/steps";
import { messageOf } from "../../wait";
import { EventStream } from "../event-stream";
import { evidenceReply, nospaceReply, planReply } from "../rescue-replies";
import { route, type Route } from "../route";

/** Work whose sentences are told while it goes on; it does not end with the client. */
type Work = (say: (sentence: string) => void) => Promise<object>;

export interface RescueActions {
  nospace(): Promise<NospaceReport>;
  freeSpace(request: NospaceRequest): Promise<Work>;
  plan(o: ReformOptions): Promise<ReformPlan>;
  reform(request: ReformRequest): Promise<Work>;
  evidence(): Promise<PeerEvidence>;
  step(name: RescueStep, params: unknown): Promise<object>;
}

const member = { tag: "cluster", access: "member" } as const;
const internal = { tag: "internal", access: "peer" } as const;
const name = z.string().min(1).max(128);
const cluster = z.string().min(1).describe("name of the cluster: says that it is meant");
const events = {
  description: "Events `line` with {text}; at last `end` with the result, or `failed` with {detail}",
};
const EVENTS = { 200: { ...events, contentType: "text/event-stream" } };

const options = {
  from: name
    .optional()
    .describe("peer or snapshot to form it from; default: the one with the highest revision"),
  rejoin: z.boolean().optional().describe("take peers in that are not part of the majority"),
};
const names = z.array(name).describe("peers that do not answer, and stay out");

/** Rescuing etcd, through any peer: none of it needs a leader, or a write to etcd before. */
export function rescueRoutes(actions: RescueActions): Route[] {
  return [...nospaceRoutes(actions), ...quorumRoutes(actions), ...peerRoutes(actions)];
}

function nospaceRoutes(actions: RescueActions): Route[] {
  const path = "/rescue/nospace";
  return [
    route({
      ...{ ...member, method: "GET", path, summary: "Whether etcd is at its quota, and how large it is" },
      replies: { 200: { description: "Alarms and sizes", schema: nospaceReply } },
      handle: async () => ({ body: await actions.nospace() }),
    }),
    route({
      ...{ ...member, method: "POST", path, summary: "Make room in etcd: compact, defragment, disarm" },
      body: z.strictObject({ cluster, force: z.boolean().optional().describe("although there is no alarm") }),
      replies: EVENTS,
      handle: async ({ body, signal }) => told(await actions.freeSpace(body), signal),
    }),
  ];
}

function quorumRoutes(actions: RescueActions): Route[] {
  const path = "/rescue/etcd-quorum";
  const query = z.object({
    ...options,
    rejoin: z
      .enum(["true", "false"])
      .optional()
      .transform((v) => v === "true"),
    without: z.string().max(4096).optional().describe("names with commas between them"),
  });
  return [
    route({
      ...{
        ...member,
        method: "GET",
        path,
        summary: "What a new etcd could be made of, and whether it may be",
      },
      query,
      replies: { 200: { description: "What would be done", schema: planReply } },
      handle: async ({ query: { without, ...o } }) => ({
        body: await actions.plan({ ...o, without: without?.split(",") }),
      }),
    }),
    route({
      ...{ ...member, method: "POST", path, summary: "Form etcd anew from what is left of it" },
      description: "For when a majority of its members is lost for good. Old data is put aside.",
      body: z.strictObject({ cluster, ...options, without: names.optional() }),
      replies: EVENTS,
      handle: async ({ body, signal }) => told(await actions.reform(body), signal),
    }),
  ];
}

function peerRoutes(actions: RescueActions): Route[] {
  const step = z.enum(Object.keys(RESCUE_STEPS) as [RescueStep, ...RescueStep[]]);
  return [
    route({
      ...{ ...internal, method: "GET", path: "/internal/rescue" },
      summary: "What this peer has that a new etcd could be made of",
      replies: {
        200: { description: "State of its etcd, its data and its snapshots", schema: evidenceReply },
      },
      handle: async () => ({ body: await actions.evidence() }),
    }),
    route({
      ...{ ...internal, method: "POST", path: "/internal/rescue/{step}" },
      summary: "Have this peer do its part of forming etcd anew",
      params: z.strictObject({ step }),
      body: z.unknown(),
      replies: { 200: { description: "What the step answers", schema: z.unknown() } },
      handle: async ({ params, body }) => ({ body: await actions.step(params.step, body) }),
    }),
  ];
}

function told(work: Work, signal: AbortSignal): { headers: Record<string, string>; stream: Readable } {
  const events = new EventStream(signal);
  void work((text) => events.send("line", { text }))
    .then((result) => events.send("end", result))
    .catch((error: unknown) => events.send("failed", { detail: messageOf(error) }))
    .finally(() => events.end());
  return { headers: { "cache-control": "no-store" }, stream: events.stream };
}
