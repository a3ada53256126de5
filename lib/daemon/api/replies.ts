import { z } from "zod";
import type {
  CaReply,
  DriftReply,
  FormProgress,
  HealthReply,
  Job,
  JobLogLine,
  JobPage,
  JobTypeReply,
  LeaderReply,
  LoadedReply,
  PeerState,
  ProblemReply,
  SpecReply,
  StatusReply,
  VersionReply,
} from "../../api/wire";
import { clusterSpec } from "./schemas";

/** Shape of what the API answers, for its document; lib/api/wire.ts says what each member means. */

const isoTime = z.iso.datetime().describe("ISO 8601, UTC");
const peerState: z.ZodType<PeerState> = z.enum(["unjoined", "forming", "member", "removed"]);
const term = z.string().describe("grows with each change of leader");

export const problemReply: z.ZodType<ProblemReply> = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe("what failed, where, why, and what to do"),
    requestId: z.string().optional().describe("finds the request in the daemon's log"),
  })
  .meta({ id: "Problem" });

export const healthReply: z.ZodType<HealthReply> = z
  .object({ status: z.enum(["ok", "degraded"]), state: peerState, reason: z.string().optional() })
  .meta({ id: "Health" });

export const versionReply: z.ZodType<VersionReply> = z
  .object({ version: z.string(), node: z.string() })
  .meta({ id: "Version" });

export const caReply: z.ZodType<CaReply> = z.object({ certPem: z.string() }).meta({ id: "Ca" });

export const leaderReply: z.ZodType<LeaderReply> = z
  .object({ leader: z.object({ peer: z.string(), address: z.string(), term }).optional() })
  .meta({ id: "Leader" });

export const specReply: z.ZodType<SpecReply> = z
  .object({ generation: z.int(), digest: z.string(), spec: clusterSpec })
  .meta({ id: "Spec" }) as z.ZodType<SpecReply>;

export const drift = z
  .strictObject({
    peer: z.string().min(1),
    kind: z.enum(["file", "container", "certificate"]),
    name: z
      .string()
      .min(1)
      .describe(
        "of a rendered file, or of a component; `certificates` where those of the peer are to be renewed",
      ),
    expected: z.string().describe("e.g. `image nginx:1.28.0`, or a digest of a file's content"),
    found: z.string(),
  })
  .meta({ id: "Drift" });

export const driftReply: z.ZodType<DriftReply> = z
  .object({
    generation: z.int().describe("of the spec that was compared with"),
    found: z.array(drift),
    missing: z
      .array(z.object({ peer: z.string(), reason: z.string() }))
      .describe("peers that could not look"),
  })
  .meta({ id: "DriftReport" });

export const loadedReply: z.ZodType<LoadedReply> = z
  .object({
    collections: z.array(
      z.object({
        collection: z.string().describe("after the name of its database, unless that is the default one"),
        replicas: z.int().describe("copies of it in memory, each on query nodes of its own"),
      }),
    ),
  })
  .meta({ id: "Loaded" });

const component = z
  .object({
    name: z.string(),
    health: z.enum(["healthy", "starting", "unhealthy", "stopped", "missing"]),
    image: z.string().optional(),
    detail: z.string().optional(),
  })
  .meta({ id: "Component" });

const peer = z
  .object({
    name: z.string(),
    address: z.string(),
    reachable: z.boolean(),
    state: peerState.optional(),
    daemonVersion: z.string().optional(),
    certificatesEnd: z.string().optional().describe("when the first of its certificates ends, ISO 8601"),
    components: z.array(component),
    error: z.string().optional().describe("why it could not be asked"),
  })
  .meta({ id: "Peer" });

export const statusReply: z.ZodType<StatusReply> = z
  .object({
    cluster: z
      .object({ id: z.string(), name: z.string(), version: z.string(), generation: z.int() })
      .optional(),
    leader: z.object({ peer: z.string(), term }).optional(),
    endpoints: z.array(z.string()).describe("host:port of every peer's load balancer"),
    waitingFor: z.string().optional(),
    resilience: z.array(z.string()).describe("what the layout survives, a line a layer"),
    capacity: z
      .object({ raw: z.number(), usable: z.number(), used: z.number(), available: z.number() })
      .optional()
      .describe("of MinIO's drives that are online, in bytes"),
    health: z.enum(["ok", "degraded", "down", "stopped", "unformed"]),
    peers: z.array(peer),
  })
  .meta({ id: "Status" });

const stepState = z.enum(["pending", "running", "done", "failed"]);

export const formProgress: z.ZodType<FormProgress> = z
  .object({
    peer: z.string(),
    state: z.enum(["idle", "running", "failed", "done"]),
    specDigest: z.string().optional(),
    steps: z.array(
      z.object({
        kind: z.string(),
        title: z.string(),
        state: stepState,
        startedAt: isoTime.optional(),
        endedAt: isoTime.optional(),
        detail: z.string().optional(),
        error: z.string().optional(),
      }),
    ),
    error: z.string().optional(),
  })
  .meta({ id: "FormProgress" }) as z.ZodType<FormProgress>;

const anything = z.record(z.string(), z.unknown());

export const jobReply: z.ZodType<Job> = z
  .object({
    id: z.string(),
    type: z.string(),
    params: anything,
    state: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]),
    steps: z.array(
      z.object({
        name: z.string(),
        title: z.string(),
        state: stepState,
        startedAt: isoTime.optional(),
        endedAt: isoTime.optional(),
        error: z.string().optional(),
      }),
    ),
    progress: z.number().min(0).max(100),
    detail: z.string().optional(),
    owner: z.object({ peer: z.string(), term }).optional(),
    attempts: z.int().describe("leaders that have worked on it"),
    createdAt: isoTime,
    startedAt: isoTime.optional(),
    endedAt: isoTime.optional(),
    heartbeatAt: isoTime.optional(),
    cancelRequested: z.boolean().optional(),
    error: z.string().optional(),
    result: anything.optional(),
    idempotencyKey: z.string().optional(),
  })
  .meta({ id: "Job" });

export const jobPage: z.ZodType<JobPage> = z
  .object({
    jobs: z.array(jobReply),
    next: z.string().optional().describe("give it as `after` for the next page; absent on the last"),
  })
  .meta({ id: "JobPage" });

export const jobTypeReply: z.ZodType<JobTypeReply> = z
  .object({
    types: z.array(
      z.object({
        name: z.string(),
        title: z.string(),
        lock: z.string().optional(),
        params: anything.describe("JSON Schema"),
      }),
    ),
  })
  .meta({ id: "JobTypes" });

export const jobLogLine: z.ZodType<JobLogLine> = z
  .object({ seq: z.int(), at: isoTime, level: z.enum(["info", "warn", "error"]), text: z.string() })
  .meta({ id: "JobLogLine" });
