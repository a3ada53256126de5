import { z } from "zod";
import type { Job, JobLogLine } from "../../api/wire";
import { clusterSpec } from "../api/schemas";
import type { CommittedSpec } from "../steps/commit";
import type { PeerRecord, StopRecord, TokenRecord, UnfinishedChange } from "./records";

/** Shapes of what etcd holds. Members that a newer daemon has added are kept, so that an older one never drops them. */

const state = z.enum(["queued", "running", "succeeded", "failed", "cancelled"]);
const record = z.record(z.string(), z.unknown());

const step = z.looseObject({
  name: z.string(),
  title: z.string(),
  state: z.enum(["pending", "running", "done", "failed"]),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  error: z.string().optional(),
});

export const jobRecord = z.looseObject({
  id: z.string().min(1),
  type: z.string().min(1),
  params: record,
  state,
  steps: z.array(step),
  progress: z.number().min(0).max(100),
  detail: z.string().optional(),
  owner: z.looseObject({ peer: z.string(), term: z.string() }).optional(),
  attempts: z.number().int().nonnegative(),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  heartbeatAt: z.string().optional(),
  cancelRequested: z.boolean().optional(),
  error: z.string().optional(),
  result: record.optional(),
  idempotencyKey: z.string().optional(),
}) satisfies z.ZodType<Job>;

export const jobLogLine = z.looseObject({
  seq: z.number().int().nonnegative(),
  at: z.string(),
  level: z.enum(["info", "warn", "error"]),
  text: z.string(),
}) satisfies z.ZodType<JobLogLine>;

export const peerRecord = z.looseObject({
  name: z.string().min(1),
  address: z.string().min(1),
  daemonVersion: z.string(),
  startedAt: z.string(),
}) satisfies z.ZodType<PeerRecord>;

export const tokenRecord = z.looseObject({
  generation: z.number().int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
}) satisfies z.ZodType<TokenRecord>;

export const stopRecord = z.looseObject({
  job: z.string().min(1),
  done: z.boolean(),
}) satisfies z.ZodType<StopRecord>;

export const unfinishedChange = z.looseObject({
  job: z.string().min(1),
  digest: z.string().min(1),
  spec: clusterSpec,
}) as z.ZodType<UnfinishedChange>;

export const committedSpec = z.looseObject({
  generation: z.number().int().positive(),
  digest: z.string().min(1),
  spec: clusterSpec,
}) as z.ZodType<CommittedSpec>;
